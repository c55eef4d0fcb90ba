/**
 * Large files of a job are uploaded before it, in parts that survive a broken connection; small
 * ones are sent with it, which is one call less.
 */
import { stat } from "node:fs/promises";
import type { DepthmeshClient } from "../client/client.js";
import type { CreateOptions, JobFiles } from "../client/job-files.js";
import { uploadFile } from "../client/upload-file.js";
import { UploadServiceService } from "../proto/gen/depthmesh/v1/upload_service.js";

/** About a second of a slow line: sending less than that again does not hurt. */
export const LARGE_BYTES = 8 * 1024 * 1024;
const REMOVE_MS = 2_000;

type Uploads = Pick<CreateOptions, "photoUpload" | "depthMapUpload" | "soundUpload">;

const FIELDS = { photo: "photoUpload", depthMap: "depthMapUpload", sound: "soundUpload" } as const;
type FileName = keyof typeof FIELDS;

/**
 * Uploads the files that are larger than `LARGE_BYTES`: their uploads, and the files that are left
 * to be sent. Throws what `uploadFile` throws; what has arrived of that file expires.
 */
export async function uploadLarge(
  client: DepthmeshClient,
  files: JobFiles<string>,
  signal: AbortSignal,
): Promise<{ readonly sent: Partial<JobFiles<string>>; readonly uploads: Uploads }> {
  const sent: Partial<Record<FileName, string>> = {};
  const uploads: Partial<Record<(typeof FIELDS)[FileName], string>> = {};
  try {
    for (const name of Object.keys(FIELDS) as FileName[]) {
      const path = files[name];
      if (path === undefined) continue;
      const { size } = await stat(path);
      if (size <= LARGE_BYTES) sent[name] = path;
      else uploads[FIELDS[name]] = (await uploadFile(client, path, { signal })).name;
    }
  } catch (error) {
    await removeUploads(client, uploads);
    throw error;
  }
  return { sent, uploads };
}

/** Never throws: what is left expires. */
export async function removeUploads(client: DepthmeshClient, uploads: Uploads): Promise<void> {
  const signal = AbortSignal.timeout(REMOVE_MS);
  const remove = (name: string) => client.call(UploadServiceService.abortUpload, { name }, signal);
  const names = Object.values(uploads).filter((name) => name !== undefined);
  await Promise.all(names.map((name) => remove(name).catch(() => {})));
}
