"""The runner of the Python client: reads calls from standard input and writes what they yield.

tests/conformance/README.md describes the lines. `--asyncio` makes the calls with AsyncClient.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import threading
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from google.rpc import error_details_pb2  # noqa: F401: a job's error is printed with its details
from grpc import StatusCode

from depthmesh import Client, Cancellation, DepthmeshError, JobRequest, LiveStart, Tls
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


class Call:
    """A call of the synchronous client, in a thread of its own."""

    def __init__(self, client: Client, line: Json) -> None:
        self.id = line["id"]
        self._client = client
        self._operation = line["do"]
        self._argument = line.get("with", {})
        self._timeout = line["timeoutMs"] / 1000 if "timeoutMs" in line else None
        self._permits = threading.Semaphore(0)
        self._paced = line.get("paced", False)
        self.cancellation = Cancellation()

    def next(self) -> None:
        self._permits.release()

    def run_on(self) -> None:
        self._paced = False
        self._permits.release()

    def cancel(self) -> None:
        self.cancellation.cancel()
        self.run_on()

    def _pace(self) -> None:
        if self._paced:
            self._permits.acquire()

    def _item(self, item: Json) -> None:
        write({"id": self.id, "item": item})

    def run(self) -> None:
        try:
            special = getattr(self, f"_{snake(self._operation)}", None)
            write({"id": self.id, "result": special() if special else self._unary()})
        except DepthmeshError as error:
            write({"id": self.id, "error": error_json(error)})
        except BaseException as error:
            write({"id": self.id, "error": unexpected(error)})

    def _each(self, iterator: Any, state: Any) -> Json:
        """Takes all items, each when the harness lets it."""
        while True:
            self._pace()
            try:
                item = next(iterator)
            except StopIteration:
                return state.end()  # type: ignore[no-any-return]
            self._item(state.take(item))

    def _unary(self) -> Json:
        method = getattr(self._client, snake(self._operation))
        return to_json(method(**fields(self._operation, self._argument), timeout=self._timeout))

    def _create_job(self) -> Json:
        return to_json(
            self._client.create_job(job_request(self._argument), timeout=self._timeout, cancel=self.cancellation)
        )

    def _convert(self) -> Json:
        job = job_request(self._argument)
        responses = self._client.convert(job, timeout=self._timeout, cancel=self.cancellation)
        return self._each(responses, Conversion(self._argument.get("file")))

    def _watch(self) -> Json:
        after = self._argument.get("afterEvent", 0)
        events = self._client.watch_job(self._argument["name"], after, cancel=self.cancellation)
        return self._each(events, Watching(after))

    def _read_artifact(self) -> Json:
        asked = self._argument
        artifact, chunks = self._client.read_artifact(
            asked.get("name", ""),
            asked.get("offset", 0),
            asked.get("limit", 0),
            timeout=self._timeout,
            cancel=self.cancellation,
        )
        sink = Sink(asked.get("file"))
        while True:
            self._pace()
            chunk = next(chunks, None)
            if chunk is None:
                return {"artifact": to_json(artifact), **sink.end()}
            self._item(sink.write(chunk))

    def _follow_live(self) -> Json:
        parts = self._client.follow_live(self._argument["job"], cancel=self.cancellation)
        return self._each(parts, Following(self._argument.get("file")))

    def _upload_resumable(self) -> Json:
        def progress(upload: Any) -> None:
            self._item({"name": upload.name, "committedSizeBytes": upload.committed_size_bytes})
            self._pace()

        options = {"part_bytes": self._argument["partBytes"]} if "partBytes" in self._argument else {}
        return to_json(
            self._client.upload_file(
                self._argument["file"],
                upload=self._argument.get("upload"),
                progress=progress,
                cancel=self.cancellation,
                **options,
            )
        )

    def _interact(self) -> Json:
        start, cameras = interaction(self._argument)
        ready = threading.Event()

        def moves() -> Any:
            ready.wait()
            yield from cameras

        responses = self._client.interact(start, moves(), timeout=self._timeout, cancel=self.cancellation)
        frames = 0
        try:
            while True:
                self._pace()
                response = next(responses, None)
                if response is None:
                    return {"frames": frames}
                frames += response.HasField("frame")
                ready.set()
                self._item(to_json(response))
        finally:
            ready.set()

    def _messages(self) -> Json:
        method, requests = requests_of(self._argument)
        ended = threading.Event()

        def sent() -> Any:
            yield from requests
            if self._argument.get("keepOpen"):
                ended.wait()

        try:
            responses = self._client.stream(method, sent(), timeout=self._timeout, cancel=self.cancellation)
            while True:
                self._pace()
                response = next(responses, None)
                if response is None:
                    return {}
                self._item(to_json(response))
        finally:
            ended.set()


def main() -> None:
    clients: dict[str, Client] = {}
    calls: dict[int, Call] = {}
    write({"ready": "python"})
    for text in sys.stdin:
        line = json.loads(text)
        if "do" in line:
            name = json.dumps(line["to"], sort_keys=True)
            if name not in clients:
                clients[name] = Client(**connection(line["to"]))
            call = calls[line["id"]] = Call(clients[name], line)
            threading.Thread(target=call.run, daemon=True).start()
            continue
        for word, act in (("cancel", Call.cancel), ("next", Call.next), ("run", Call.run_on)):
            if word in line:
                act(calls[line[word]])


if __name__ == "__main__":
    if "--asyncio" in sys.argv:
        from conformance_asyncio import main as main_asyncio

        asyncio.run(main_asyncio())
    else:
        main()
