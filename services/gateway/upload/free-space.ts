/** Whether the blob folder's file system has room for another upload. */
import { statfs } from "node:fs/promises";
import { DepthmeshError } from "../../../core/errors.js";

const MIB = 2 ** 20;

/**
 * Throws STORAGE_FULL if the folder's file system has less than `minFreeMib` left once `sizeBytes`
 * are written: that space is reserved for the results of jobs that were accepted before.
 */
export async function assertFreeSpace(
  folder: string,
  minFreeMib: number,
  sizeBytes = 0,
): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeMib = Math.floor((bavail * bsize - sizeBytes) / MIB);
  if (freeMib >= minFreeMib) return;
  throw new DepthmeshError("STORAGE_FULL", "the blob store takes no uploads: its disk is full", {
    metadata: { free_mib: String(Math.max(0, freeMib)), limit_mib: String(minFreeMib) },
  });
}
