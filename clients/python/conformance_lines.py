"""What the runners for threads and for asyncio share: lines as JSON, messages, and received bytes."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from google.rpc import error_details_pb2  # noqa: F401: a job's error is printed with its details
from grpc import StatusCode

from depthmesh import DepthmeshError, JobRequest, LiveStart, Tls
from depthmesh._calls import METHODS
from depthmesh.v1 import job_service_pb2, preview_service_pb2

Json = dict[str, Any]

lock = threading.Lock()


def write(line: Json) -> None:
    text = json.dumps(line)
    with lock:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def to_json(message: Any) -> Json:
    return {} if message is None else json_format.MessageToDict(message)


def error_json(error: DepthmeshError) -> Json:
    line: Json = {
        "reason": error.reason,
        "code": error.code.name,
        "message": error.message,
        "metadata": error.metadata,
        "violations": [{"field": each.field, "description": each.description} for each in error.violations],
    }
    if error.retry_delay is not None:
        line["retryDelayMs"] = error.retry_delay * 1000
    return line


def unexpected(error: BaseException) -> Json:
    """A defect of the client or of this runner: no case expects it."""
    return {"reason": "RUNNER", "code": StatusCode.UNKNOWN.name, "message": repr(error)}


def connection(to: Json) -> Json:
    def read(name: str) -> bytes | None:
        return Path(to[name]).read_bytes() if name in to else None

    tls = Tls(read("caFile"), read("certificateFile"), read("privateKeyFile")) if "caFile" in to else None
    return {"address": to["address"], "key": to.get("key"), "tls": tls}


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def job_request(argument: Json) -> JobRequest:
    header = json_format.ParseDict(argument.get("header", {}), job_service_pb2.CreateJobHeader())

    def optional(name: str) -> Any:
        return getattr(header, name) if header.HasField(name) else None

    return JobRequest(
        spec=optional("spec"),
        photo=argument.get("photo"),
        depth_map=argument.get("depthMap"),
        sound=argument.get("sound"),
        photo_upload=optional("photo_upload"),
        depth_map_upload=optional("depth_map_upload"),
        sound_upload=optional("sound_upload"),
        request_id=header.request_id,
        labels=header.labels,
        webhooks=header.webhooks,
        validate_only=header.validate_only,
    )


def fields(operation: str, argument: Json) -> Json:
    """The arguments of the method for a unary call."""
    name = operation[0].upper() + operation[1:]
    method = next(method for key, method in METHODS.items() if key.endswith(f".{name}"))
    request = json_format.ParseDict(argument, method.request())
    return {field.name: value for field, value in request.ListFields()}


class Sink:
    """Where received bytes go: counted, hashed, and written if a file is named."""

    def __init__(self, path: str | None) -> None:
        self._file = open(path, "wb") if path else None
        self.empty()

    def empty(self) -> None:
        self._hash = hashlib.sha256()
        self._bytes = 0
        if self._file:
            self._file.seek(0)
            self._file.truncate()

    def write(self, data: bytes) -> Json:
        self._hash.update(data)
        self._bytes += len(data)
        if self._file:
            self._file.write(data)
        return {"chunk": {"bytes": len(data)}}

    def end(self) -> Json:
        if self._file:
            self._file.close()
        return {"bytes": self._bytes, "sha256": self._hash.hexdigest()}


class Bytes(Sink):
    """The bytes of an artifact."""

    def take(self, chunk: bytes) -> Json:
        return self.write(chunk)


class Messages:
    """Whatever a call has yielded."""

    def take(self, message: Any) -> Json:
        return to_json(message)

    def end(self) -> Json:
        return {}


class Frames:
    """What a session has yielded so far; `ready` is called with each of it."""

    def __init__(self, ready: Callable[[], None]) -> None:
        self._ready = ready
        self._frames = 0

    def take(self, response: Any) -> Json:
        self._frames += response.HasField("frame")
        self._ready()
        return to_json(response)

    def end(self) -> Json:
        return {"frames": self._frames}


class Conversion:
    """What a convert call has yielded so far."""

    def __init__(self, path: str | None) -> None:
        self._sink = Sink(path)
        self._job: Json = {}

    def take(self, response: Any) -> Json:
        kind = response.WhichOneof("kind")
        if kind == "chunk":
            return self._sink.write(response.chunk)
        if kind == "stream_start":
            self._sink.empty()
        if kind == "summary":
            self._job = to_json(response.summary)
        return to_json(response)

    def end(self) -> Json:
        return {"job": self._job, **self._sink.end()}


class Following:
    """What a call that follows a live video has yielded so far."""

    def __init__(self, path: str | None) -> None:
        self._sink = Sink(path)
        self._attempt = ""

    def take(self, part: Any) -> Json:
        if not isinstance(part, LiveStart):
            return self._sink.write(part.data)
        self._attempt = part.attempt
        self._sink.empty()
        return {"attempt": part.attempt}

    def end(self) -> Json:
        return {"attempt": self._attempt, **self._sink.end()}


class Watching:
    def __init__(self, after: int) -> None:
        self._last = after

    def take(self, event: Any) -> Json:
        if event.HasField("state_change"):
            self._last = event.number
        return to_json(event)

    def end(self) -> Json:
        return {"lastEvent": self._last}


def requests_of(argument: Json) -> tuple[Any, list[Any]]:
    method = METHODS[argument["method"]]
    return method, [json_format.ParseDict(each, method.request()) for each in argument["requests"]]


def interaction(argument: Json) -> tuple[Any, list[Any]]:
    start = json_format.ParseDict(argument.get("start", {}), preview_service_pb2.InteractStart())
    kind = preview_service_pb2.InteractCamera
    return start, [json_format.ParseDict(each, kind()) for each in argument.get("cameras", [])]
