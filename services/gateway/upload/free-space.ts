/** Whether the file system of the blob folder has room, where the blobs are files. */
import { statfs } from "node:fs/promises";
import { DepthmeshError } from "../../../core/errors.js";
import type { GatewayConfig } from "../config.js";

const MIB = 2 ** 20;

/** Where blobs may be files. */
type Place = Pick<GatewayConfig, "blobStore" | "blobFolder">;

/** Undefined where the blobs lie in an object store, which says itself when it is full. */
export async function freeBytesOf({ blobStore, blobFolder }: Place): Promise<number | undefined> {
  if (blobStore !== "file") return undefined;
  const { bavail, bsize } = await statfs(blobFolder);
  return bavail * bsize;
}

/**
 * Throws STORAGE_FULL if the folder's file system has less than `minFreeMib` left once `sizeBytes`
 * are written: that space is reserved for the results of jobs that were accepted before.
 */
export async function assertFreeSpace(
  config: Place & Pick<GatewayConfig, "minFreeMib">,
  sizeBytes = 0,
): Promise<void> {
  const { minFreeMib } = config;
  const freeBytes = await freeBytesOf(config);
  if (freeBytes === undefined) return;
  const freeMib = Math.floor((freeBytes - sizeBytes) / MIB);
  if (freeMib >= minFreeMib) return;
  throw new DepthmeshError("STORAGE_FULL", "the blob store takes no uploads: its disk is full", {
    metadata: { free_mib: String(Math.max(0, freeMib)), limit_mib: String(minFreeMib) },
  });
}
