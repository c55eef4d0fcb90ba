/**
 * The record of an upload that survives: what stands in the bucket `dm_uploads` is the truth about
 * how many of its bytes are durable, and where they are. Also parses the name of an upload in the
 * API, `uploads/{id}`.
 */
import { z } from "zod";
import { DepthmeshError } from "../../../core/errors.js";
import type { SignedPut } from "../../../kit/blobs/object-store.js";
import { isId } from "../../../pipeline/record/id.js";
import type { Upload } from "../../../proto/gen/depthmesh/v1/upload_service.js";

const PART = z.object({ name: z.string().refine(isId), sizeBytes: z.number().int().positive() });

/** An object with some of the committed bytes (stored-parts.ts). */
export type StoredPart = Readonly<z.infer<typeof PART>>;

const RECORD = z.object({
  id: z.string().refine(isId),
  tenant: z.string(),
  createdAtMs: z.number(),
  /** Unix milliseconds when it is removed; each part that arrives moves it. */
  expiresAtMs: z.number(),
  /** Of the whole file; null while it is not known. */
  sizeBytes: z.number().int().nonnegative().nullable(),
  /** So many bytes are durable and have passed their checks. */
  committedBytes: z.number().int().nonnegative(),
  /** Name of the file with the bytes (part-file.ts); null before the first of them. */
  file: z.string().nullable(),
  /** The objects with the bytes, in their order, where no file has them (stored-parts.ts). */
  parts: z.array(PART).readonly().optional(),
  /** The process that may write, where several gateways can: others ask for it first. */
  writer: z.string().optional(),
  /** Of the whole file, as its caller has declared it, which the store takes at an address. */
  putSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** Of the whole file, which then is a blob of this name; null until it is finished. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
});

export type UploadRecord = Readonly<z.infer<typeof RECORD>>;

/** A finished upload. */
export type FinishedRecord = UploadRecord & { readonly sha256: string };

/** Throws for a value of another shape, as that of a later version. */
export function parseUploadRecord(text: string): UploadRecord {
  return RECORD.parse(JSON.parse(text));
}

export function isFinished(record: UploadRecord): record is FinishedRecord {
  return record.sha256 !== null;
}

export function isExpired(
  { expiresAtMs }: Pick<UploadRecord, "expiresAtMs">,
  nowMs: number,
): boolean {
  return expiresAtMs <= nowMs;
}

/** What a caller may put at the address of an upload: it counts before it comes. */
export function awaitedBytes({ putSha256, sha256, sizeBytes }: UploadRecord): number {
  return putSha256 !== undefined && sha256 === null ? (sizeBytes ?? 0) : 0;
}

const PREFIX = "uploads/";

export const uploadName = (id: string) => `${PREFIX}${id}`;

/** The id in an upload's name. Throws UPLOAD_NOT_FOUND for a name of any other form. */
export function parseUploadName(name: string): string {
  const id = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : "";
  if (isId(id)) return id;
  const message = `this is no name of an upload: a name is ${PREFIX} and 26 characters, as Upload.name has it`;
  throw new DepthmeshError("UPLOAD_NOT_FOUND", message);
}

/** The same for an id that does not exist, has expired, or belongs to another tenant. */
export function uploadNotFound(id: string): DepthmeshError {
  const message = "there is no such upload, or it has expired";
  return new DepthmeshError("UPLOAD_NOT_FOUND", message, { metadata: { upload: id } });
}

/** The metadata tells where to go on. */
export function offsetMismatch(offset: number, { committedBytes }: UploadRecord): DepthmeshError {
  const message = `the part begins at ${offset}, but ${committedBytes} bytes are committed; go on there`;
  return new DepthmeshError("UPLOAD_OFFSET_MISMATCH", message, {
    metadata: { actual_offset: String(offset), committed_size_bytes: String(committedBytes) },
  });
}

export function toWireUpload(record: UploadRecord, put?: SignedPut): Upload {
  return {
    name: uploadName(record.id),
    committedSizeBytes: record.committedBytes,
    sizeBytes: record.sizeBytes ?? undefined,
    sha256: record.sha256 ?? "",
    finished: isFinished(record),
    createTime: new Date(record.createdAtMs),
    expireTime: new Date(record.expiresAtMs),
    putUrl: put && {
      ...{ url: put.url, headers: put.headers, expireTime: new Date(put.expiresAtMs) },
    },
  };
}
