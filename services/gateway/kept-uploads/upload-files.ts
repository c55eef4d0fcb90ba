/**
 * Finished uploads as the files of a job: CreateJob, Convert and BatchCreateJobs name them in place
 * of chunks.
 */
import { DepthmeshError, toDepthmeshError } from "../../../core/errors.js";
import type { Identity } from "../../../kit/rpc/identity.js";
import type { CreateJobHeader } from "../../../proto/gen/depthmesh/v1/job_service.js";
import type { GatewayContext } from "../context.js";
import {
  type FinishedRecord,
  isFinished,
  parseUploadName,
  uploadNotFound,
} from "./upload-record.js";
import type { UploadRecords } from "./upload-records.js";

interface FilesContext {
  readonly blobs: Pick<GatewayContext["blobs"], "read">;
  readonly uploads: { readonly records: Pick<UploadRecords, "of"> };
}

/** A file that lies in the blob store already. */
export interface UploadedFile {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Throws UPLOAD_NOT_FOUND if the upload is removed meanwhile, BLOB_CORRUPT. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** Absent where the header names no upload. */
export interface UploadedFiles {
  readonly photo?: UploadedFile | undefined;
  readonly depthMap?: UploadedFile | undefined;
  readonly sound?: UploadedFile | undefined;
}

export type UploadFields = Pick<CreateJobHeader, "photoUpload" | "depthMapUpload" | "soundUpload">;

/**
 * The files of the uploads that a header names. Throws UPLOAD_NOT_FOUND, also for those of another
 * tenant, UPLOAD_INCOMPLETE, BUS_UNAVAILABLE; the metadata names the header's field.
 */
export async function filesOfUploads(
  { blobs, uploads }: FilesContext,
  { tenant }: Pick<Identity, "tenant">,
  { photoUpload, depthMapUpload, soundUpload }: UploadFields,
): Promise<UploadedFiles> {
  const file = async (name: string | undefined, field: string) => {
    if (name === undefined) return undefined;
    const { record } = await ofField(field, () =>
      uploads.records.of(tenant, parseUploadName(name)),
    );
    if (!isFinished(record)) {
      const message = `the upload of ${field} is not finished: send its last bytes and \`finish\``;
      throw new DepthmeshError("UPLOAD_INCOMPLETE", message, {
        metadata: { field, committed_size_bytes: String(record.committedBytes) },
      });
    }
    const chunks = () => bytesOf(blobs, record);
    return { sha256: record.sha256, sizeBytes: record.committedBytes, chunks };
  };
  return {
    photo: await file(photoUpload, "photo_upload"),
    depthMap: await file(depthMapUpload, "depth_map_upload"),
    sound: await file(soundUpload, "sound_upload"),
  };
}

async function* bytesOf(
  blobs: FilesContext["blobs"],
  { id, sha256 }: FinishedRecord,
): AsyncGenerator<Uint8Array> {
  try {
    yield* blobs.read(sha256);
  } catch (error) {
    if (toDepthmeshError(error).reason !== "BLOB_NOT_FOUND") throw error;
    throw uploadNotFound(id);
  }
}

/** Adds the header's field to what `work` throws. */
async function ofField<T>(field: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DepthmeshError)) throw error;
    const { reason, message, metadata, cause } = error;
    throw new DepthmeshError(reason, message, { metadata: { ...metadata, field }, cause });
  }
}
