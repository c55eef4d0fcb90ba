/** BlobService: where workers pull photos and push results. */

import { DepthmeshError, rangeError } from "../../../core/errors.js";
import { blobName, parseBlobName } from "../../../kit/blobs/store.js";
import { readFirst } from "../../../kit/rpc/requests.js";
import { holds } from "../../../pipeline/record/record.js";
import { STAGES } from "../../../pipeline/stages.js";
import type {
  BlobInfo,
  HoldBlobsRequest,
  HoldBlobsResponse,
  ReadBlobRequest,
  ReadBlobResponse,
  WriteBlobHeader,
  WriteBlobRequest,
} from "../../../proto/gen/depthmesh/stage/v1/blob_service.js";
import type { GatewayContext } from "../context.js";

const MAX_HELD_BLOBS = 1_000;

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
  signal: AbortSignal,
): Promise<BlobInfo> {
  const messages = requests[Symbol.asyncIterator]();
  const header = await readFirst(messages, "header");
  // What a worker has made while NATS is away is not thrown away: its upload waits.
  if (!context.bus.connectionState.isUp) {
    // Made only where it is needed: the signal of the process remembers each one that hangs on it.
    await context.bus.connectionState.untilUp(AbortSignal.any([signal, context.draining]));
  }
  await checkWriter(context, header);
  const { sha256, sizeBytes } = await context.blobs.write(chunksIn(messages));
  return { name: blobName(sha256), sizeBytes };
}

/** Make blobs as young as new ones, for whoever is about to name them. */
export async function holdBlobs(
  { blobs }: GatewayContext,
  { names }: HoldBlobsRequest,
): Promise<HoldBlobsResponse> {
  if (names.length > MAX_HELD_BLOBS) {
    const message = `the call names ${names.length} blobs; it may name at most ${MAX_HELD_BLOBS}`;
    throw rangeError("names", names.length, { maximum: MAX_HELD_BLOBS }, message);
  }
  const missing: string[] = [];
  for (const name of names) {
    const sha256 = parseBlobName(name);
    if (!sha256) throw new DepthmeshError("BLOB_NOT_FOUND", "this is no blob name");
    if (!(await blobs.hold(sha256))) missing.push(name);
  }
  return { missingNames: missing };
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
