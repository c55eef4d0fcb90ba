"""The runner of the Python client: reads calls from standard input and writes what they yield.

tests/conformance/README.md describes the lines.
"""

from __future__ import annotations

import json
import sys
import threading
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

from depthmesh import Cancellation, Client, DepthmeshError


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
        return {"artifact": to_json(artifact), **self._each(chunks, Bytes(asked.get("file")))}

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
        try:
            return self._each(responses, Frames(ready.set))
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
            return self._each(responses, Messages())
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
    main()
