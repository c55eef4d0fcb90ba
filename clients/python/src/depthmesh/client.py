"""The synchronous client."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import grpc

from depthmesh._calls import METHODS, UnaryCalls
from depthmesh._connection import Connection, Tls
from depthmesh._method import Method, Req, Res
from depthmesh._patience import PATIENCE, RESENDS, RESENT_AFTER, Patience
from depthmesh._requests import (
    PART_BYTES,
    JobRequest,
    follow_request,
    job_messages,
    part_messages,
    sha256_of,
    shortened,
)
from depthmesh.cancellation import Cancellation
from depthmesh.errors import DepthmeshError, from_rpc_error
from depthmesh.live import LiveBytes, LivePart, LiveStart
from depthmesh.v1 import (
    convert_service_pb2,
    job_pb2,
    job_service_pb2,
    preview_service_pb2,
    result_service_pb2,
    upload_service_pb2,
)

T = TypeVar("T")


class Client(UnaryCalls):
    """A connection to a mesh: `Client("mesh.example.com:7410", key=…, tls=Tls())`.

    It connects at the first call, may be used by any number of threads, and is closed by `close` or
    by the end of `with`. Each unary call of the API is a method with the fields of its request, such
    as `get_job("jobs/…")`; those of operators need a client of the admin port. All raise
    DepthmeshError. `timeout` is a call's deadline in seconds, which the mesh keeps too.
    """

    def __init__(
        self, address: str, *, key: str | None = None, tls: Tls | None = None, retries: bool = True
    ) -> None:
        self._connection = Connection(address, key, tls, retries)
        credentials = self._connection.credentials()
        options = self._connection.options()
        self._channel = (
            grpc.secure_channel(address, credentials, options)
            if credentials
            else grpc.insecure_channel(address, options)
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._channel.close()

    def call(
        self,
        method: Method[Req, Res],
        request: Req,
        *,
        timeout: float | None = None,
        cancel: Cancellation | None = None,
    ) -> Res:
        start = self._channel.unary_unary(method.path, _bytes_of, method.response.FromString)
        call = start.future(request, timeout=timeout, metadata=self._connection.metadata())
        with errors(call, cancel):
            return call.result()

    def stream(
        self,
        method: Method[Req, Res],
        requests: Iterable[Req],
        *,
        timeout: float | None = None,
        cancel: Cancellation | None = None,
    ) -> Iterator[Res]:
        """Any streaming call. Leaving the loop ends it."""
        start = self._channel.stream_stream(method.path, _bytes_of, method.response.FromString)
        call = start(iter(requests), timeout=timeout, metadata=self._connection.metadata())
        with errors(call, cancel):
            yield from call

    def create_job(
        self, job: JobRequest, *, timeout: float | None = None, cancel: Cancellation | None = None
    ) -> job_pb2.Job:
        """Sends the files and creates a job, which runs on when this process ends."""
        messages = job_messages(job_service_pb2.CreateJobRequest, job)
        return self._answer("JobService.CreateJob", messages, timeout, cancel)  # type: ignore[no-any-return]

    def convert(
        self, job: JobRequest, *, timeout: float | None = None, cancel: Cancellation | None = None
    ) -> Iterator[convert_service_pb2.ConvertResponse]:
        """Everything about a conversion as it comes. Leaving the loop before the end cancels the job."""
        messages = job_messages(convert_service_pb2.ConvertRequest, job)
        return self.stream(METHODS["ConvertService.Convert"], messages, timeout=timeout, cancel=cancel)

    def convert_file(
        self,
        job: JobRequest,
        video: str | os.PathLike[str],
        *,
        progress: Callable[[job_pb2.JobProgress], object] = lambda _: None,
        timeout: float | None = None,
        cancel: Cancellation | None = None,
    ) -> job_pb2.Job:
        """Converts, and writes the video while it is rendered: it can be played meanwhile."""
        summary = job_pb2.Job()
        with open(video, "wb") as file:
            for response in self.convert(job, timeout=timeout, cancel=cancel):
                match response.WhichOneof("kind"):
                    case "progress":
                        progress(response.progress)
                    case "stream_start":
                        file.seek(0)
                        file.truncate()
                    case "chunk":
                        file.write(response.chunk)
                    case "summary":
                        summary = response.summary
        return summary

    def watch_job(
        self,
        name: str,
        after_event: int = 0,
        *,
        patience: float = PATIENCE,
        cancel: Cancellation | None = None,
    ) -> Iterator[job_pb2.JobEvent]:
        """The events of a job after a number, until it has ended: entries of its history without gap or
        repeat, and progress between them. A connection that breaks is made again."""
        waiting = Patience(patience)
        last = after_event
        while True:
            request = job_service_pb2.WatchJobRequest(name=name, after_event=last)
            try:
                for event in self.stream(METHODS["JobService.WatchJob"], [request], cancel=cancel):
                    waiting.answered()
                    if event.HasField("state_change"):
                        if event.number <= last:
                            continue
                        last = event.number
                    yield event
                return
            except DepthmeshError as error:
                pause(waiting.delay_after(error), cancel)

    def read_artifact(
        self,
        name: str,
        offset: int = 0,
        limit: int = 0,
        *,
        timeout: float | None = None,
        cancel: Cancellation | None = None,
    ) -> tuple[job_pb2.Artifact, Iterator[bytes]]:
        """An artifact (`jobs/<id>/artifacts/<file>`) and its bytes, received as they are read."""
        request = result_service_pb2.ReadArtifactRequest(name=name, offset=offset, limit=limit)
        responses = self.stream(METHODS["ResultService.ReadArtifact"], [request], timeout=timeout, cancel=cancel)
        first = next(responses)
        return first.artifact, (response.chunk for response in responses)

    def follow_live(
        self, job: str, *, patience: float = PATIENCE, cancel: Cancellation | None = None
    ) -> Iterator[LivePart]:
        """The first MP4 output of a job (`jobs/<id>`) as it is encoded, to its end. A connection that
        breaks goes on at the byte where it broke."""
        waiting = Patience(patience)
        attempt, offset = "", 0
        while True:
            request = follow_request(job, attempt, offset)
            try:
                for response in self.stream(METHODS["ResultService.ReadArtifact"], [request], cancel=cancel):
                    waiting.answered()
                    if response.HasField("followed"):
                        if response.followed.attempt != attempt:
                            attempt, offset = response.followed.attempt, 0
                            yield LiveStart(attempt)
                    else:
                        offset += len(response.chunk)
                        yield LiveBytes(response.chunk)
                return
            except DepthmeshError as error:
                if error.reason == "STREAM_RESTARTED":
                    attempt, offset = "", 0
                else:
                    pause(waiting.delay_after(error), cancel)

    def upload_file(
        self,
        path: str | os.PathLike[str],
        *,
        upload: str | None = None,
        request_id: str = "",
        part_bytes: int = PART_BYTES,
        progress: Callable[[upload_service_pb2.Upload], object] = lambda _: None,
        patience: float = PATIENCE,
        cancel: Cancellation | None = None,
    ) -> upload_service_pb2.Upload:
        """The finished upload of a file, whose name a job takes in place of the bytes.

        It goes on where a broken connection has left it, or an earlier process that has begun
        `upload`. What a part has written is durable."""
        if part_bytes < 1:
            raise ValueError(f"part_bytes is {part_bytes}; it must be at least 1")
        waiting = Patience(patience)
        size = os.stat(path).st_size
        name, resends = upload, 0
        while True:
            try:
                now = self.get_upload(name) if name else self.create_upload(size, request_id=request_id)
                name = now.name
                waiting.answered()
                progress(now)
                while not now.finished:
                    start = now.committed_size_bytes
                    end = min(start + part_bytes, size)
                    sha256 = sha256_of(path) if end == size else None
                    messages = part_messages(path, name, start, end, sha256)
                    now = self._answer("UploadService.WriteUpload", messages, None, cancel)
                    waiting.answered()
                    resends = 0
                    if not now.finished and now.committed_size_bytes == start:
                        raise shortened(path, start, size)
                    progress(now)
                return now
            except DepthmeshError as error:
                if error.reason in RESENT_AFTER and resends < RESENDS:
                    resends += 1
                else:
                    pause(waiting.delay_after(error), cancel)

    def interact(
        self,
        start: preview_service_pb2.InteractStart,
        cameras: Iterable[preview_service_pb2.InteractCamera],
        *,
        timeout: float | None = None,
        cancel: Cancellation | None = None,
    ) -> Iterator[preview_service_pb2.InteractResponse]:
        """First `ready`, then a frame of the newest of the cameras as often as one is drawn."""

        def requests() -> Iterator[preview_service_pb2.InteractRequest]:
            yield preview_service_pb2.InteractRequest(start=start)
            for camera in cameras:
                yield preview_service_pb2.InteractRequest(camera=camera)

        return self.stream(METHODS["PreviewService.Interact"], requests(), timeout=timeout, cancel=cancel)

    def _answer(
        self, method: str, messages: Iterable[Any], timeout: float | None, cancel: Cancellation | None
    ) -> Any:
        """A call that sends many messages and gets one."""
        (answer,) = self.stream(METHODS[method], messages, timeout=timeout, cancel=cancel)
        return answer


def _bytes_of(message: Any) -> bytes:
    return message.SerializeToString()  # type: ignore[no-any-return]


@contextmanager
def errors(call: Any, cancel: Cancellation | None) -> Iterator[None]:
    """Errors of the call as DepthmeshError. The call ends with the block."""
    stop = cancel.listen(call.cancel) if cancel else None
    try:
        yield
    except grpc.FutureCancelledError as error:
        raise DepthmeshError("JOB_CANCELLED", grpc.StatusCode.CANCELLED, "the call was cancelled") from error
    except grpc.RpcError as error:
        raise from_rpc_error(error) from error
    finally:
        if stop:
            stop()
        call.cancel()


def pause(seconds: float, cancel: Cancellation | None) -> None:
    if (cancel or Cancellation()).wait(seconds):
        raise DepthmeshError("JOB_CANCELLED", grpc.StatusCode.CANCELLED, "the call was cancelled")

