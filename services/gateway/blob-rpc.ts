/** BlobService: where workers pull photos and push results. */
import { blobName, parseBlobName } from "../../kit/blobs/store.js";
import { STAGES } from "../../kit/bus/subjects.js";
import { DepthmeshError } from "../../kit/errors.js";
import { holds } from "../../kit/jobs/record.js";
import type {
  BlobInfo,
  ReadBlobRequest,
  ReadBlobResponse,
  WriteBlobHeader,
  WriteBlobRequest,
} from "../../proto/gen/depthmesh/stage/v1/blob_service.js";
import type { GatewayContext } from "./context.js";

export async function* readBlob(
  { blobs }: GatewayContext,
  request: ReadBlobRequest,
): AsyncGenerator<ReadBlobResponse> {
  const sha256 = parseBlobName(request.name);
  if (!sha256) throw new DepthmeshError("BLOB_NOT_FOUND", "this is no blob name");
  const { sizeBytes } = await blobs.stat(sha256);
  yield { kind: { $case: "info", value: { name: blobName(sha256), sizeBytes } } };
  for await (const chunk of blobs.read(sha256, Math.max(0, request.offset))) {
    yield { kind: { $case: "chunk", value: chunk as Buffer } };
  }
}

export async function writeBlob(
  context: GatewayContext,
  requests: AsyncIterable<WriteBlobRequest>,
): Promise<BlobInfo> {
  const messages = requests[Symbol.asyncIterator]();
  const { value, done } = await messages.next();
  const header = !done && value.kind?.$case === "header" ? value.kind.value : undefined;
  if (!header)
    throw new DepthmeshError("PARAMETER_CONFLICT", "the first message must be the header");
  await checkWriter(context, header);
  const { sha256, sizeBytes } = await context.blobs.write(chunksIn(messages));
  return { name: blobName(sha256), sizeBytes };
}

/** Only the holder of a live lease may write: a worker that was taken over leaves nothing behind. */
async function checkWriter({ store }: GatewayContext, header: WriteBlobHeader): Promise<void> {
  const current = await store.read(header.job);
  const allowed = current && STAGES.some((stage) => holds(current.record, stage, header.token));
  if (!allowed) throw new DepthmeshError("LEASE_LOST", "the writer holds no lease of this job");
}

async function* chunksIn(messages: AsyncIterator<WriteBlobRequest>): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { value, done } = await messages.next();
    if (done) return;
    const { kind }: WriteBlobRequest = value;
    if (kind?.$case === "chunk") yield kind.value;
  }
}
