/** Refuses uploads while the disk is nearly full, so that jobs under way have room to end. */
import { statfs } from "node:fs/promises";
import { DepthmeshError } from "../../core/errors.js";

const MIB = 2 ** 20;

/** Throws STORAGE_FULL where the folder's file system has less than `minFreeMib` left. */
export async function assertFreeSpace(folder: string, minFreeMib: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeMib = Math.floor((bavail * bsize) / MIB);
  if (freeMib >= minFreeMib) return;
  throw new DepthmeshError("STORAGE_FULL", "the blob store takes no uploads: its disk is full", {
    metadata: { free_mib: String(freeMib), limit_mib: String(minFreeMib) },
  });
}
