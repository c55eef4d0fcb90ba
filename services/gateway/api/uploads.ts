/** UploadService except WriteUpload: begins, shows and aborts uploads that survive. */
import { DepthmeshError, rangeError } from "../../../core/errors.js";
import type { DeclaredFile } from "../../../kit/blobs/object-store.js";
import type { KvCells } from "../../../kit/nats/kv.js";
import type { Identity } from "../../../kit/rpc/identity.js";
import { fieldConflict } from "../../../kit/rpc/requests.js";
import { newId } from "../../../pipeline/record/id.js";
import type {
  AbortUploadRequest,
  CreateUploadRequest,
  GetUploadRequest,
  Upload,
} from "../../../proto/gen/depthmesh/v1/upload_service.js";
import type { Empty } from "../../../proto/gen/google/protobuf/empty.js";
import type { GatewayContext } from "../context.js";
import { addressUnavailable, type PutStorage } from "../kept-uploads/put-storage.js";
import type { UploadIndex } from "../kept-uploads/upload-index.js";
import {
  isFinished,
  parseUploadName,
  toWireUpload,
  uploadNotFound,
} from "../kept-uploads/upload-record.js";
import type { Maintenance } from "../maintenance/maintenance.js";
import { quotaExceeded } from "../quota/quota-exceeded.js";
import { assertFreeSpace } from "../upload/free-space.js";
import {
  checkedRequestId,
  claimRequest,
  contentHash,
  uploadRequest,
} from "../upload/request-ids.js";

type Caller = Pick<Identity, "tenant">;

type BeginLimits =
  | "blobStore"
  | "blobFolder"
  | "minFreeMib"
  | "maxStoredUploads"
  | keyof SizeLimits;

/** What an upload needs to begin. */
export interface BeginContext {
  readonly config: Pick<GatewayContext["config"], BeginLimits>;
  readonly bus: {
    readonly connectionState: Pick<GatewayContext["bus"]["connectionState"], "assertUp">;
  };
  readonly buckets: { readonly requests: KvCells };
  readonly uploads: Pick<GatewayContext["uploads"], "create" | "puts" | "records">;
}

/**
 * A repeated request finds the upload of the first one. If that was removed, an empty one begins
 * under the same name. Throws PARAMETER_OUT_OF_RANGE, UPLOAD_TOO_LARGE, STORAGE_FULL,
 * QUOTA_EXCEEDED, IDEMPOTENCY_CONFLICT, BUS_UNAVAILABLE.
 */
export async function createUpload(
  { config, bus, buckets, uploads }: BeginContext,
  index: Pick<UploadIndex, "countOf">,
  request: CreateUploadRequest,
  { tenant }: Caller,
): Promise<Upload> {
  const requestId = checkedRequestId(request.requestId);
  const sizeBytes = request.sizeBytes ?? null;
  if (sizeBytes !== null && sizeBytes < 1)
    throw rangeError("size_bytes", sizeBytes, { minimum: 1 });
  // Far less than S3 takes by one PUT.
  assertUploadSize(sizeBytes ?? 0, maxUploadBytes(config));
  const put = declaredPut(request, uploads.puts);
  bus.connectionState.assertUp();
  await assertFreeSpace(config, sizeBytes ?? 0);
  const fresh = newId();
  const id = requestId === "" ? fresh : await claimedUpload();
  // A call that was refused here has left its claim: its repetition is asked the same.
  const isNew = id === fresh || (await uploads.records.read(id)) === undefined;
  if (isNew) assertCount(tenant, index.countOf(tenant), config.maxStoredUploads);
  const record = await uploads.create(tenant, id, sizeBytes, put?.sha256);
  const address = put && !isFinished(record) ? await uploads.puts?.address(id, put) : undefined;
  return toWireUpload(record, address);

  async function claimedUpload(): Promise<string> {
    const content = contentHash("upload", String(sizeBytes), ...(put ? [put.sha256] : []));
    const key = uploadRequest(tenant, requestId);
    return (await claimRequest(buckets.requests, key, content, fresh)).job;
  }
}

/** Throws UPLOAD_ADDRESS_UNAVAILABLE, PARAMETER_CONFLICT, PARAMETER_OUT_OF_RANGE. */
function declaredPut(
  { sizeBytes, putSha256 }: CreateUploadRequest,
  puts: PutStorage | undefined,
): DeclaredFile | undefined {
  if (putSha256 === undefined) return undefined;
  if (!puts) throw addressUnavailable();
  if (sizeBytes === undefined) {
    throw fieldConflict(
      "put_sha256 needs size_bytes: the address is for a file of one size",
      "size_bytes",
    );
  }
  return { sizeBytes, sha256: checkedSha256(putSha256, "put_sha256") };
}

/** Throws UPLOAD_NOT_FOUND, BUS_UNAVAILABLE. */
export async function getUpload(
  { uploads }: GatewayContext,
  { name }: GetUploadRequest,
  { tenant }: Caller,
): Promise<Upload> {
  return toWireUpload((await uploads.records.of(tenant, parseUploadName(name))).record);
}

/**
 * Ends the call that writes the upload, and removes the bytes, unless a job or a cache entry has
 * them too. Throws UPLOAD_NOT_FOUND, BUS_UNAVAILABLE.
 */
export async function abortUpload(
  { uploads }: GatewayContext,
  { deletion }: Pick<Maintenance, "deletion">,
  { name }: AbortUploadRequest,
  { tenant }: Caller,
): Promise<Empty> {
  const id = parseUploadName(name);
  // First, so that only the upload's own tenant ends its writer.
  await uploads.records.of(tenant, id);
  const removed = await uploads.remove(id, (record) => record.tenant === tenant);
  if (!removed) throw uploadNotFound(id);
  if (isFinished(removed)) await deletion.unowned(new Set([removed.sha256]));
  return {};
}

const SHA256 = /^[0-9a-f]{64}$/i;

/** In lower case. Throws PARAMETER_OUT_OF_RANGE. */
export function checkedSha256(value: string, field: string): string {
  if (SHA256.test(value)) return value.toLowerCase();
  const words = `${field} must have 64 hexadecimal digits, or none`;
  throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", words, {
    metadata: { field, actual_characters: String(value.length) },
  });
}

interface SizeLimits {
  readonly maxUploadBytes: number;
  readonly maxSoundBytes: number;
}

/** An upload may become a photo, a depth map or a sound. */
export function maxUploadBytes({
  maxUploadBytes: photo,
  maxSoundBytes: sound,
}: SizeLimits): number {
  return Math.max(photo, sound);
}

/** Throws UPLOAD_TOO_LARGE. */
export function assertUploadSize(sizeBytes: number, maximumBytes: number): void {
  if (sizeBytes <= maximumBytes) return;
  const message = `the upload has ${sizeBytes} bytes; it may have at most ${maximumBytes}`;
  throw new DepthmeshError("UPLOAD_TOO_LARGE", message, {
    metadata: { limit_bytes: String(maximumBytes), actual_bytes: String(sizeBytes) },
  });
}

function assertCount(tenant: string, used: number, limit: number): void {
  if (used < limit) return;
  const use = { what: "uploads that exist", limit, used };
  throw quotaExceeded(tenant, use, { advice: ": abort some, or let them expire" });
}
