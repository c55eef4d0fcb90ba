/**
 * BlobService, which only workers call: they pull their inputs (photo, spec, depth map) from the
 * gateway's blob store with ReadBlob, push what they have made with WriteBlob, and protect blobs
 * from the sweep with HoldBlobs.
 */

import { DepthmeshError, rangeError } from "../../../core/errors.js";
import { blobName, parseBlobName } from "../../../kit/blobs/store.js";
import { readFirst } from "../../../kit/rpc/requests.js";
import { isId } from "../../../pipeline/record/id.js";
import { holds, isTerminal } from "../../../pipeline/record/record.js";
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
import type { Maintenance } from "../maintenance/maintenance.js";

const MAX_HELD_BLOBS = 1_000;

/**
 * Sends the size first, then the bytes from `offset` on. Throws BLOB_NOT_FOUND,
 * PARAMETER_OUT_OF_RANGE.
 */
export async function* readBlob(
  { blobs }: GatewayContext,
  request: ReadBlobRequest,
): AsyncGenerator<ReadBlobResponse> {
  const sha256 = parseBlobName(request.name);
  if (!sha256) throw new DepthmeshError("BLOB_NOT_FOUND", "this is not a blob name");
  if (request.offset < 0) throw rangeError("offset", request.offset, { minimum: 0 });
  const sizeBytes = await blobs.sizeToRead(sha256);
  yield { kind: { $case: "info", value: { name: blobName(sha256), sizeBytes } } };
  for await (const chunk of blobs.read(sha256, request.offset)) {
    yield { kind: { $case: "chunk", value: chunk } };
  }
}

/** Resolves when the blob is durable. Throws LEASE_LOST, STORAGE_FULL. */
export async function writeBlob(
  context: GatewayContext,
  maintenance: Pick<Maintenance, "deletion">,
  requests: AsyncIterable<WriteBlobRequest>,
  signal: AbortSignal,
): Promise<BlobInfo> {
  const messages = requests[Symbol.asyncIterator]();
  const header = await readFirst(messages, "header");
  // A worker's result must not be lost because NATS is away for a while: the upload waits.
  if (!context.bus.connectionState.isUp) {
    // The combined signal is created only here, because `draining` lives as long as the process and
    // keeps a reference to every signal derived from it.
    await context.bus.connectionState.untilUp(AbortSignal.any([signal, context.draining]));
  }
  await checkWriter(context, header);
  const { blobs, claims } = context;
  const { sha256, sizeBytes } = await blobs.write(chunksIn(messages), (named) =>
    claims.claim(header.job, named),
  );
  // The job may have ended, and have been deleted, while its last bytes were on the way.
  await checkWriter(context, header).catch(async (error) => {
    await maintenance.deletion.lateBlob(header.job, sha256);
    throw error;
  });
  return { name: blobName(sha256), sizeBytes };
}

/**
 * Renews the age of blobs, so that the sweep spares them until the caller's record references them.
 * Returns those that do not exist.
 */
export async function holdBlobs(
  { blobs, claims, store }: GatewayContext,
  { names, job }: HoldBlobsRequest,
): Promise<HoldBlobsResponse> {
  if (names.length > MAX_HELD_BLOBS) {
    const message = `the call names ${names.length} blobs; it may name at most ${MAX_HELD_BLOBS}`;
    throw rangeError("names", names.length, { maximum: MAX_HELD_BLOBS }, message);
  }
  const found = isId(job) ? await store.read(job) : undefined;
  const isRunning = found !== undefined && !isTerminal(found.record);
  const missing: string[] = [];
  for (const name of names) {
    const sha256 = parseBlobName(name);
    if (!sha256) throw new DepthmeshError("BLOB_NOT_FOUND", "this is not a blob name");
    if (isRunning) await claims.claim(job, sha256);
    if (!(await blobs.hold(sha256))) missing.push(name);
  }
  return { missingNames: missing };
}

/**
 * Throws LEASE_LOST unless the caller holds a live lease of the job: a worker whose stage another
 * worker has taken over must not leave files behind.
 */
async function checkWriter({ store }: GatewayContext, header: WriteBlobHeader): Promise<void> {
  const current = isId(header.job) ? await store.read(header.job) : undefined;
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
