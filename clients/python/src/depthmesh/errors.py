"""Errors of calls, with what the server says about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2

DETAILS_KEY = "grpc-status-details-bin"


@dataclass(frozen=True)
class Violation:
    """A field of the request that is at fault."""

    #: Its path in the request, or for a spec in JobSpec, such as `camera.intensity`.
    field: str
    description: str
    reason: str


class DepthmeshError(Exception):
    """A call that failed, or why a job did.

    `reason` is for programs (docs/errors.md lists all), the message for people. A call that no server
    has answered has the reasons SERVICE_UNAVAILABLE, JOB_DEADLINE_EXCEEDED or JOB_CANCELLED.
    """

    def __init__(
        self,
        reason: str,
        code: grpc.StatusCode,
        message: str,
        metadata: dict[str, str] | None = None,
        violations: tuple[Violation, ...] = (),
        retry_delay: float | None = None,
    ) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.code = code
        self.message = message
        #: Limits and actual values; the keys name the units.
        self.metadata = metadata or {}
        #: Every field that is at fault.
        self.violations = violations
        #: Seconds after which the same call may succeed, if the server says so.
        self.retry_delay = retry_delay


CODES = {code.value[0]: code for code in grpc.StatusCode}

#: Of calls that no server has answered.
LOCAL_REASONS = {
    grpc.StatusCode.CANCELLED: "JOB_CANCELLED",
    grpc.StatusCode.DEADLINE_EXCEEDED: "JOB_DEADLINE_EXCEEDED",
    grpc.StatusCode.UNAVAILABLE: "SERVICE_UNAVAILABLE",
}


def from_status(status: status_pb2.Status) -> DepthmeshError:
    """The error in a google.rpc.Status, such as `Job.error`."""
    info = error_details_pb2.ErrorInfo()
    request = error_details_pb2.BadRequest()
    retry = error_details_pb2.RetryInfo()
    delay = None
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(request)
        if detail.Unpack(retry):
            delay = retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9
    code = CODES.get(status.code, grpc.StatusCode.UNKNOWN)
    return DepthmeshError(
        info.reason or LOCAL_REASONS.get(code, code.name),
        code,
        status.message,
        dict(info.metadata),
        tuple(Violation(each.field, each.description, each.reason) for each in request.field_violations),
        delay,
    )


def from_call(code: grpc.StatusCode, message: str | None, trailers: Iterable[tuple[str, Any]]) -> DepthmeshError:
    """The error that a call ended with."""
    for key, value in trailers:
        if key == DETAILS_KEY:
            return from_status(status_pb2.Status.FromString(value))
    text = message or ""
    # A server that dies during a call can appear as an HTTP/2 error in place of a lost connection.
    if code in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN) and ("RST_STREAM" in text or "Stream removed" in text):
        code = grpc.StatusCode.UNAVAILABLE
    reason = LOCAL_REASONS.get(code, "INTERNAL")
    return DepthmeshError(reason, code, text or f"the call ended with {code.name}")


def from_rpc_error(error: grpc.RpcError) -> DepthmeshError:
    """What a call of grpc, also of grpc.aio, has raised."""
    trailers: Any = error.trailing_metadata()
    return from_call(error.code(), error.details(), trailers or ())
