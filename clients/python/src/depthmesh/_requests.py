"""The messages of streaming calls."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import google_crc32c

from depthmesh.v1 import (
    convert_service_pb2,
    job_service_pb2,
    result_service_pb2,
    spec_pb2,
    upload_service_pb2,
)

#: The largest piece of a file in one message.
CHUNK_BYTES = 256 * 1024
#: What one call of an upload writes.
PART_BYTES = 16 * 1024 * 1024

#: A file to send: a path, or its bytes.
File = str | os.PathLike[str] | bytes


@dataclass(frozen=True)
class JobRequest:
    """Everything about a new job. Uploads (`uploads/<id>`) stand in place of files."""

    spec: spec_pb2.JobSpec | None = None
    photo: File | None = None
    depth_map: File | None = None
    sound: File | None = None
    photo_upload: str | None = None
    depth_map_upload: str | None = None
    sound_upload: str | None = None
    #: Calls with the same id and request create one job, within 24 hours.
    request_id: str = ""
    #: Facts of your own, such as the photo's name.
    labels: Mapping[str, str] | None = None
    #: `webhooks/<id>`: told when the job ends.
    webhooks: Iterable[str] = ()
    #: Check everything and store nothing: the answer has a plan, and no name.
    validate_only: bool = False


Message = TypeVar("Message", job_service_pb2.CreateJobRequest, convert_service_pb2.ConvertRequest)


def job_messages(kind: Callable[..., Message], job: JobRequest) -> Iterator[Message]:
    """The header, then the photo, the depth map and the sound in chunks."""
    header = job_service_pb2.CreateJobHeader(
        spec=job.spec,
        request_id=job.request_id,
        validate_only=job.validate_only,
        has_sound=True if job.sound is not None else None,
        labels=dict(job.labels or {}),
        photo_upload=job.photo_upload,
        depth_map_upload=job.depth_map_upload,
        sound_upload=job.sound_upload,
        webhooks=job.webhooks,
    )
    yield kind(header=header)
    for chunk in chunks(job.photo):
        yield kind(chunk=chunk)
    for chunk in chunks(job.depth_map):
        yield kind(depth_chunk=chunk)
    for chunk in chunks(job.sound):
        yield kind(sound_chunk=chunk)


def chunks(file: File | None) -> Iterator[bytes]:
    if file is None:
        return
    if isinstance(file, bytes):
        for start in range(0, len(file), CHUNK_BYTES):
            yield file[start : start + CHUNK_BYTES]
        return
    with open(file, "rb") as opened:
        while chunk := opened.read(CHUNK_BYTES):
            yield chunk


def part_messages(
    path: str | os.PathLike[str], name: str, start: int, end: int, sha256: str | None
) -> Iterator[upload_service_pb2.WriteUploadRequest]:
    """One call of an upload: the bytes from `start` to `end`, and the end of the file if it has a hash."""
    kind = upload_service_pb2.WriteUploadRequest
    yield kind(header=upload_service_pb2.WriteUploadHeader(name=name, offset=start))
    with open(path, "rb") as file:
        file.seek(start)
        while start < end:
            data = file.read(min(CHUNK_BYTES, end - start))
            if not data:
                break
            start += len(data)
            yield kind(data=upload_service_pb2.UploadData(data=data, crc32c=google_crc32c.value(data)))
    if sha256 is not None:
        yield kind(finish=upload_service_pb2.FinishUpload(sha256=sha256))


def follow_request(job: str, attempt: str, offset: int) -> result_service_pb2.ReadArtifactRequest:
    """Of the first MP4 output of a job while it is encoded, from a byte of an attempt on."""
    return result_service_pb2.ReadArtifactRequest(
        name=f"{job}/artifacts/fragments.mp4", attempt=attempt, offset=offset, follow=True
    )


def shortened(path: str | os.PathLike[str], end: int, size: int) -> EOFError:
    """Why an upload cannot go on: a part has added no byte."""
    return EOFError(f"{path} ends at byte {end}, but had {size} bytes when its upload began")


def sha256_of(path: str | os.PathLike[str]) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1024 * 1024):
            digest.update(block)
    return digest.hexdigest()
