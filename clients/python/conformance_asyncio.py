"""As conformance.py, with the client for asyncio."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import aclosing
from typing import Any

from conformance_lines import (
    Bytes,
    Conversion,
    Following,
    Frames,
    Json,
    Messages,
    Watching,
    connection,
    error_json,
    fields,
    interaction,
    job_request,
    requests_of,
    snake,
    to_json,
    unexpected,
    write,
)
from grpc import StatusCode

from depthmesh import AsyncClient, DepthmeshError


class AsyncCall:
    """A call in a task of its own."""

    def __init__(self, client: AsyncClient, line: Json) -> None:
        self.id = line["id"]
        self._client = client
        self._operation = line["do"]
        self._argument = line.get("with", {})
        self._timeout = line["timeoutMs"] / 1000 if "timeoutMs" in line else None
        self._permits = asyncio.Semaphore(0)
        self._paced = line.get("paced", False)
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(self._done)

    def next(self) -> None:
        self._permits.release()

    def run_on(self) -> None:
        self._paced = False
        self._permits.release()

    def cancel(self) -> None:
        self._task.cancel()

    async def _pace(self) -> None:
        if self._paced:
            await self._permits.acquire()

    def _item(self, item: Json) -> None:
        write({"id": self.id, "item": item})

    async def _run(self) -> None:
        try:
            special = getattr(self, f"_{snake(self._operation)}", None)
            write({"id": self.id, "result": await (special() if special else self._unary())})
        except DepthmeshError as error:
            write({"id": self.id, "error": error_json(error)})
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            write({"id": self.id, "error": unexpected(error)})

    def _done(self, task: asyncio.Task[None]) -> None:
        """In asyncio a cancel is no error of the call, but of the task, which may not have begun."""
        if task.cancelled():
            cancelled = DepthmeshError("JOB_CANCELLED", StatusCode.CANCELLED, "the task was cancelled")
            write({"id": self.id, "error": error_json(cancelled)})

    async def _each(self, iterator: Any, state: Any) -> Json:
        async with aclosing(iterator):
            while True:
                await self._pace()
                try:
                    item = await anext(iterator)
                except StopAsyncIteration:
                    return state.end()  # type: ignore[no-any-return]
                self._item(state.take(item))

    async def _unary(self) -> Json:
        method = getattr(self._client, snake(self._operation))
        return to_json(await method(**fields(self._operation, self._argument), timeout=self._timeout))

    async def _create_job(self) -> Json:
        return to_json(await self._client.create_job(job_request(self._argument), timeout=self._timeout))

    async def _convert(self) -> Json:
        responses = self._client.convert(job_request(self._argument), timeout=self._timeout)
        return await self._each(responses, Conversion(self._argument.get("file")))

    async def _watch(self) -> Json:
        after = self._argument.get("afterEvent", 0)
        return await self._each(self._client.watch_job(self._argument["name"], after), Watching(after))

    async def _read_artifact(self) -> Json:
        asked = self._argument
        artifact, chunks = await self._client.read_artifact(
            asked.get("name", ""), asked.get("offset", 0), asked.get("limit", 0), timeout=self._timeout
        )
        return {"artifact": to_json(artifact), **await self._each(chunks, Bytes(asked.get("file")))}

    async def _follow_live(self) -> Json:
        parts = self._client.follow_live(self._argument["job"])
        return await self._each(parts, Following(self._argument.get("file")))

    async def _upload_resumable(self) -> Json:
        async def progress(upload: Any) -> None:
            self._item({"name": upload.name, "committedSizeBytes": upload.committed_size_bytes})
            await self._pace()

        asked = self._argument
        options = {"part_bytes": asked["partBytes"]} if "partBytes" in asked else {}
        upload = await self._client.upload_file(
            asked["file"], upload=asked.get("upload"), progress=progress, **options
        )
        return to_json(upload)

    async def _interact(self) -> Json:
        start, cameras = interaction(self._argument)
        ready = asyncio.Event()

        async def moves() -> Any:
            await ready.wait()
            for camera in cameras:
                yield camera

        responses = self._client.interact(start, moves(), timeout=self._timeout)
        return await self._each(responses, Frames(ready.set))

    async def _messages(self) -> Json:
        method, requests = requests_of(self._argument)

        async def sent() -> Any:
            for request in requests:
                yield request
            if self._argument.get("keepOpen"):
                await asyncio.Event().wait()

        return await self._each(self._client.stream(method, sent(), timeout=self._timeout), Messages())


async def main() -> None:
    clients: dict[str, AsyncClient] = {}
    calls: dict[int, AsyncCall] = {}
    write({"ready": "python-asyncio"})
    reader = asyncio.StreamReader(limit=2**26)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while text := await reader.readline():
        line = json.loads(text)
        if "do" in line:
            name = json.dumps(line["to"], sort_keys=True)
            if name not in clients:
                clients[name] = AsyncClient(**connection(line["to"]))
            calls[line["id"]] = AsyncCall(clients[name], line)
            continue
        for word, act in (("cancel", AsyncCall.cancel), ("next", AsyncCall.next), ("run", AsyncCall.run_on)):
            if word in line:
                act(calls[line[word]])


if __name__ == "__main__":
    asyncio.run(main())
