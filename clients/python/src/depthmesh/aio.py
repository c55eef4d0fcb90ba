"""The client for asyncio: the calls of `Client` as coroutines and asynchronous iterators.

Cancelling a task, or leaving a loop with `aclosing`, ends its call.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing
from functools import partial
from typing import Any

import grpc

from depthmesh._calls import METHODS, AsyncUnaryCalls
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
from depthmesh._until_ended import until_ended
from depthmesh.client import _bytes_of
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

#: What grpc.aio says in place of a status that it has lost.
LOST_STATUS = "Internal error from Core"


async def _nothing(_: object) -> None:
    pass


class AsyncClient(AsyncUnaryCalls):
    """As `Client`; use it within one event loop."""

    def __init__(
        self, address: str, *, key: str | None = None, tls: Tls | None = None, retries: bool = True
    ) -> None:
        self._connection = Connection(address, key, tls, retries)
        credentials = self._connection.credentials()
        options = self._connection.options()
        self._channel = (
            grpc.aio.secure_channel(address, credentials, options)
            if credentials
            else grpc.aio.insecure_channel(address, options)
        )

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._channel.close()

    async def call(self, method: Method[Req, Res], request: Req, *, timeout: float | None = None) -> Res:
        start = self._channel.unary_unary(method.path, _bytes_of, method.response.FromString)
        try:
            answer: Res = await start(request, timeout=timeout, metadata=self._connection.metadata())
            return answer
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from error

    async def stream(
        self,
        method: Method[Req, Res],
        requests: Iterable[Req] | AsyncIterable[Req],
        *,
        timeout: float | None = None,
    ) -> AsyncIterator[Res]:
        """Any streaming call."""
        start = self._channel.stream_stream(method.path, _bytes_of, method.response.FromString)
        ended = asyncio.Event()
        sent = until_ended(ended, requests) if isinstance(requests, AsyncIterable) else iter(requests)
        call = start(sent, timeout=timeout, metadata=self._connection.metadata())
        try:
            async for response in call:
                yield response
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from error
        finally:
            ended.set()
            call.cancel()

    async def create_job(self, job: JobRequest, *, timeout: float | None = None) -> job_pb2.Job:
        """Sends the files and creates a job, which runs on when this process ends."""
        return await self._answer(  # type: ignore[no-any-return]
            "JobService.CreateJob", lambda: job_messages(job_service_pb2.CreateJobRequest, job), timeout
        )

    def convert(
        self, job: JobRequest, *, timeout: float | None = None
    ) -> AsyncIterator[convert_service_pb2.ConvertResponse]:
        """Everything about a conversion as it comes. Ending it before its end cancels the job."""
        return self._sent(
            "ConvertService.Convert", lambda: job_messages(convert_service_pb2.ConvertRequest, job), timeout
        )

    async def convert_file(
        self,
        job: JobRequest,
        video: str | os.PathLike[str],
        *,
        progress: Callable[[job_pb2.JobProgress], Awaitable[object]] = _nothing,
        timeout: float | None = None,
    ) -> job_pb2.Job:
        """Converts, and writes the video while it is rendered: it can be played meanwhile."""
        summary = job_pb2.Job()
        with open(video, "wb") as file:
            async with _closing(self.convert(job, timeout=timeout)) as responses:
                async for response in responses:
                    match response.WhichOneof("kind"):
                        case "progress":
                            await progress(response.progress)
                        case "stream_start":
                            file.seek(0)
                            file.truncate()
                        case "chunk":
                            file.write(response.chunk)
                        case "summary":
                            summary = response.summary
        return summary

    async def watch_job(
        self, name: str, after_event: int = 0, *, patience: float = PATIENCE
    ) -> AsyncIterator[job_pb2.JobEvent]:
        """As `Client.watch_job`."""
        waiting = Patience(patience)
        last = after_event
        while True:
            request = job_service_pb2.WatchJobRequest(name=name, after_event=last)
            try:
                async with _closing(self.stream(METHODS["JobService.WatchJob"], [request])) as events:
                    async for event in events:
                        waiting.answered()
                        if event.HasField("state_change"):
                            if event.number <= last:
                                continue
                            last = event.number
                        yield event
                return
            except DepthmeshError as error:
                await asyncio.sleep(waiting.delay_after(error))

    async def read_artifact(
        self, name: str, offset: int = 0, limit: int = 0, *, timeout: float | None = None
    ) -> tuple[job_pb2.Artifact, AsyncIterator[bytes]]:
        """An artifact (`jobs/<id>/artifacts/<file>`) and its bytes, received as they are read."""
        request = result_service_pb2.ReadArtifactRequest(name=name, offset=offset, limit=limit)
        responses = self.stream(METHODS["ResultService.ReadArtifact"], [request], timeout=timeout)
        first = await anext(responses)

        async def chunks() -> AsyncIterator[bytes]:
            async with _closing(responses):
                async for response in responses:
                    yield response.chunk

        return first.artifact, chunks()

    async def follow_live(self, job: str, *, patience: float = PATIENCE) -> AsyncIterator[LivePart]:
        """As `Client.follow_live`."""
        waiting = Patience(patience)
        attempt, offset = "", 0
        while True:
            request = follow_request(job, attempt, offset)
            try:
                async with _closing(self.stream(METHODS["ResultService.ReadArtifact"], [request])) as responses:
                    async for response in responses:
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
                    await asyncio.sleep(waiting.delay_after(error))

    async def upload_file(
        self,
        path: str | os.PathLike[str],
        *,
        upload: str | None = None,
        request_id: str = "",
        part_bytes: int = PART_BYTES,
        progress: Callable[[upload_service_pb2.Upload], Awaitable[object]] = _nothing,
        patience: float = PATIENCE,
    ) -> upload_service_pb2.Upload:
        """As `Client.upload_file`."""
        if part_bytes < 1:
            raise ValueError(f"part_bytes is {part_bytes}; it must be at least 1")
        waiting = Patience(patience)
        size = os.stat(path).st_size
        name, resends = upload, 0
        while True:
            try:
                now = await (self.get_upload(name) if name else self.create_upload(size, request_id=request_id))
                name = now.name
                waiting.answered()
                await progress(now)
                while not now.finished:
                    start = now.committed_size_bytes
                    end = min(start + part_bytes, size)
                    sha256 = await asyncio.to_thread(sha256_of, path) if end == size else None
                    part = partial(part_messages, path, name, start, end, sha256)
                    now = await self._answer("UploadService.WriteUpload", part, None)
                    waiting.answered()
                    resends = 0
                    if not now.finished and now.committed_size_bytes == start:
                        raise shortened(path, start, size)
                    await progress(now)
                return now
            except DepthmeshError as error:
                if error.reason in RESENT_AFTER and resends < RESENDS:
                    resends += 1
                else:
                    await asyncio.sleep(waiting.delay_after(error))

    def interact(
        self,
        start: preview_service_pb2.InteractStart,
        cameras: AsyncIterable[preview_service_pb2.InteractCamera],
        *,
        timeout: float | None = None,
    ) -> AsyncIterator[preview_service_pb2.InteractResponse]:
        """As `Client.interact`."""

        async def requests() -> AsyncIterator[preview_service_pb2.InteractRequest]:
            yield preview_service_pb2.InteractRequest(start=start)
            async for camera in cameras:
                yield preview_service_pb2.InteractRequest(camera=camera)

        return self.stream(METHODS["PreviewService.Interact"], requests(), timeout=timeout)

    async def _answer(self, method: str, messages: Callable[[], Iterable[Any]], timeout: float | None) -> Any:
        """A call that sends many messages and gets one."""
        answers = [answer async for answer in self._sent(method, messages, timeout)]
        return answers[0]

    async def _sent(
        self, method: str, messages: Callable[[], Iterable[Any]], timeout: float | None
    ) -> AsyncIterator[Any]:
        """A call whose messages can be made again.

        Where a server refuses while the client still sends, grpc.aio can lose the status and say only
        that a write has failed. Such a call has changed nothing: it is made again to hear why.
        """
        for left in reversed(range(3)):
            answered = False
            try:
                async with _closing(self.stream(METHODS[method], messages(), timeout=timeout)) as responses:
                    async for response in responses:
                        answered = True
                        yield response
                return
            except DepthmeshError as error:
                if answered or left == 0 or error.message != LOST_STATUS:
                    raise


def _closing(iterator: AsyncIterator[Any]) -> aclosing[Any]:
    """Ends the iterator's call with the block. All iterators here are generators."""
    return aclosing(iterator)
