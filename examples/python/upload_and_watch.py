"""A photo becomes a video by a durable job: python upload_and_watch.py PHOTO VIDEO [ADDRESS].

docs/clients.md says how to generate depthmesh.v1 from the proto files.
"""

import sys
import time
import uuid

import grpc
from depthmesh.v1 import job_pb2, job_service_pb2 as requests, job_service_pb2_grpc
from depthmesh.v1 import result_service_pb2, result_service_pb2_grpc, spec_pb2
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from grpc_status import rpc_status


def detail(error, kind):
    """The detail of this type in an error; None without one, as in what the library itself ends."""
    status = rpc_status.from_call(error)
    found = kind()
    return found if any(each.Unpack(found) for each in (status.details if status else ())) else None


def retried(call, tries=30):
    """The call's answer. Calls again while the server asks for it, or cannot be reached."""
    while True:
        try:
            return call()
        except grpc.RpcError as error:
            tries -= 1
            retry = detail(error, RetryInfo)
            if tries == 0 or (retry is None and error.code() != grpc.StatusCode.UNAVAILABLE):
                info = detail(error, ErrorInfo)
                raise SystemExit(f"{info.reason if info else error.code().name}: {error.details()}")
            time.sleep(retry.retry_delay.ToTimedelta().total_seconds() if retry else 1)


def convert(photo, video, address="127.0.0.1:7410"):
    channel = grpc.insecure_channel(address)
    jobs = job_service_pb2_grpc.JobServiceStub(channel)
    results = result_service_pb2_grpc.ResultServiceStub(channel)
    # The same id in each try: however often the call is repeated, there is one job.
    request_id = str(uuid.uuid4())
    last_event = 0

    def upload():
        spec = spec_pb2.JobSpec(
            camera=spec_pb2.Camera(preset="orbital", intensity=1.2),
            clip=spec_pb2.Clip(duration_seconds=2, longest_side=640),
        )
        header = requests.CreateJobHeader(spec=spec, request_id=request_id)
        yield requests.CreateJobRequest(header=header)
        with open(photo, "rb") as file:
            while chunk := file.read(256 * 1024):
                yield requests.CreateJobRequest(chunk=chunk)

    def watch():
        nonlocal last_event
        request = requests.WatchJobRequest(name=job.name, after_event=last_event)
        for event in jobs.WatchJob(request):
            last_event = event.number
            if event.HasField("state_change"):
                print(job_pb2.JobState.Name(event.state_change.state), event.state_change.reason)

    def download():
        request = result_service_pb2.ReadArtifactRequest(name=f"{job.name}/artifacts/video.mp4")
        with open(video, "wb") as file:
            for message in results.ReadArtifact(request):
                file.write(message.chunk)

    job = retried(lambda: jobs.CreateJob(upload(), timeout=120))
    print(job.name)
    retried(watch)
    job = retried(lambda: jobs.GetJob(requests.GetJobRequest(name=job.name), timeout=10))
    if job.state != job_pb2.JOB_STATE_SUCCEEDED:
        raise SystemExit(f"{job_pb2.JobState.Name(job.state)}: {job.error.message}")
    for note in job.notes:
        print(f"{note.code}: {note.message}")
    retried(download)


if __name__ == "__main__":
    convert(*sys.argv[1:])
