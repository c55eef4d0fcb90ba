"""One call, photo in and video out: python convert.py PHOTO VIDEO [ADDRESS]."""

import sys

import grpc
from depthmesh.v1 import convert_service_pb2, convert_service_pb2_grpc, job_service_pb2, spec_pb2
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status


def requests(photo):
    spec = spec_pb2.JobSpec(
        camera=spec_pb2.Camera(preset="orbital", intensity=1.2),
        clip=spec_pb2.Clip(duration_seconds=2, longest_side=640),
    )
    header = job_service_pb2.CreateJobHeader(spec=spec)
    yield convert_service_pb2.ConvertRequest(header=header)
    with open(photo, "rb") as file:
        while chunk := file.read(256 * 1024):
            yield convert_service_pb2.ConvertRequest(chunk=chunk)


def convert(photo, video, address="127.0.0.1:7410"):
    with grpc.insecure_channel(address) as channel, open(video, "wb") as file:
        stub = convert_service_pb2_grpc.ConvertServiceStub(channel)
        for response in stub.Convert(requests(photo), timeout=600):
            match response.WhichOneof("kind"):
                case "job":
                    print(response.job.name)
                case "progress":
                    print(f"rendered {response.progress.render:.0%}")
                case "stream_start":  # Of the first attempt, or of another one: begin again.
                    file.seek(0)
                    file.truncate()
                case "chunk":
                    file.write(response.chunk)
                case "summary":
                    print("succeeded;", [note.message for note in response.summary.notes])


if __name__ == "__main__":
    try:
        convert(*sys.argv[1:])
    except grpc.RpcError as error:
        info = ErrorInfo()
        status = rpc_status.from_call(error)
        any(detail.Unpack(info) for detail in (status.details if status else ()))
        sys.exit(f"{info.reason or error.code().name}: {error.details()} {dict(info.metadata)}")
