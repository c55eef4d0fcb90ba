/**
 * A client in a process of its own, for tests of a gateway that stops: it opens one call of every
 * kind that lasts, prints "open", and then how each of them ends: one line of JSON per call.
 *
 *     node dist/testing/mesh/open-streams.js ADDRESS JOB PHOTO
 */
import { readFile } from "node:fs/promises";
import { credentials, Metadata, type StatusObject } from "@grpc/grpc-js";
import { DETAILS_KEY } from "../../kit/rpc/status.js";
import { CatalogServiceClient } from "../../proto/gen/depthmesh/v1/catalog_service.js";
import {
  ConvertRequest,
  ConvertServiceClient,
} from "../../proto/gen/depthmesh/v1/convert_service.js";
import { CreateJobRequest, JobServiceClient } from "../../proto/gen/depthmesh/v1/job_service.js";
import { ResultServiceClient } from "../../proto/gen/depthmesh/v1/result_service.js";
import { ErrorInfo, RetryInfo } from "../../proto/gen/google/rpc/error_details.js";
import { Status } from "../../proto/gen/google/rpc/status.js";

/** How a call ended; all but `call` and `code` only if it failed. */
export interface StreamEnd {
  readonly call: "watch" | "follow" | "upload" | "convert" | "list";
  readonly code: number;
  readonly reason?: string;
  readonly job?: string;
  readonly retrySeconds?: number;
}

const [address = "", job = "", photo = ""] = process.argv.slice(2);
const channel = credentials.createInsecure();
// One connection for all calls, as clients have it.
const shared = { "grpc.use_local_subchannel_pool": 0 };

function print(call: StreamEnd["call"], status: StatusObject | null): void {
  const [raw] = status?.metadata.get(DETAILS_KEY) ?? [];
  const details = Buffer.isBuffer(raw) ? Status.decode(raw).details : [];
  const bytesOf = (name: string) => details.find(({ typeUrl }) => typeUrl.endsWith(name))?.value;
  const info = bytesOf(".ErrorInfo");
  const retry = bytesOf(".RetryInfo");
  const { reason, metadata } = info ? ErrorInfo.decode(info) : {};
  const delay = retry && RetryInfo.decode(retry).retryDelay;
  const end: StreamEnd = {
    ...{ call, code: status?.code ?? 0 },
    ...(reason !== undefined && { reason }),
    ...(metadata?.job !== undefined && { job: metadata.job }),
    ...(delay && { retrySeconds: delay.seconds + delay.nanos / 1e9 }),
  };
  process.stdout.write(`${JSON.stringify(end)}\n`);
}

/** Reads a stream, and prints its status. */
function readAll(call: StreamEnd["call"], stream: NodeJS.EventEmitter): void {
  stream.on("data", () => {});
  stream.on("error", () => {});
  stream.on("status", (status: StatusObject) => print(call, status));
}

/** The first message of a stream. */
const begun = (stream: NodeJS.EventEmitter) =>
  new Promise<void>((resolve) => {
    stream.once("data", () => resolve());
  });

const watch = new JobServiceClient(address, channel, shared).watchJob({ name: job, afterEvent: 0 });
readAll("watch", watch);

const name = `${job}/artifacts/fragments.mp4`;
const follow = new ResultServiceClient(address, channel, shared).readArtifact({
  ...{ name, offset: 0, limit: 0, follow: true, attempt: "" },
});
readAll("follow", follow);

const bytes = await readFile(photo);
const upload = new JobServiceClient(address, channel, shared).createJob((error) =>
  print("upload", error),
);
upload.on("error", () => {});
upload.write(CreateJobRequest.fromPartial({ kind: { $case: "header", value: { spec: {} } } }));
upload.write({ kind: { $case: "chunk", value: bytes.subarray(0, 1_000) } });

const convert = new ConvertServiceClient(address, channel, shared).convert();
readAll("convert", convert);
convert.write(ConvertRequest.fromPartial({ kind: { $case: "header", value: { spec: {} } } }));
for (let at = 0; at < bytes.length; at += 256 * 1024) {
  convert.write({ kind: { $case: "chunk", value: bytes.subarray(at, at + 256 * 1024) } });
}
convert.end();

// It waits ten seconds for the first encode worker, which this mesh does not have.
new CatalogServiceClient(address, channel, shared).listEncoders({}, new Metadata(), (error) =>
  print("list", error),
);

// All calls share a connection, so those that send nothing yet have reached the gateway before.
await Promise.all([begun(watch), begun(convert)]);
process.stdout.write("open\n");
