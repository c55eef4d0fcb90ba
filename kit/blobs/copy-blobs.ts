/**
 * Copies all blobs from one store to another. What the other one has already is skipped, so that a
 * copy that was interrupted, or was made while the mesh worked, is completed by another one.
 */
import { toDepthmeshError } from "../../core/errors.js";
import type { BlobStore } from "./store.js";

export interface CopyCounts {
  /** In the source. */
  readonly blobs: number;
  readonly copied: number;
  readonly copiedBytes: number;
  /** That were there already, in the right size. */
  readonly skipped: number;
  /** SHA-256 of each blob that was not copied, with the reason. */
  readonly failed: readonly { readonly sha256: string; readonly reason: string }[];
}

export interface CopyOptions {
  readonly from: Pick<BlobStore, "olderThan" | "read" | "stat">;
  readonly to: Pick<BlobStore, "write" | "stat">;
  /** Called after each blob. */
  readonly onProgress?: (counts: CopyCounts) => void;
  readonly signal?: AbortSignal;
}

const BLOBS_AT_ONCE = 4;

/**
 * The bytes of each copied blob are hashed on the way: one whose hash is wrong is not kept, and
 * counts as failed. Stops at the first failure that is not about one blob, such as a store that
 * cannot be reached, and with the signal's reason.
 */
export async function copyBlobs(options: CopyOptions): Promise<CopyCounts> {
  const { from, onProgress, signal } = options;
  const hashes = await from.olderThan(Number.POSITIVE_INFINITY);
  const counts = {
    ...{ blobs: hashes.length, copied: 0, copiedBytes: 0, skipped: 0 },
    failed: [] as { sha256: string; reason: string }[],
  };
  const left = hashes.values();
  const copyRest = async () => {
    for (const sha256 of left) {
      signal?.throwIfAborted();
      try {
        const copiedBytes = await copyOne(options, sha256);
        if (copiedBytes === undefined) counts.skipped += 1;
        else counts.copied += 1;
        counts.copiedBytes += copiedBytes ?? 0;
      } catch (error) {
        const { reason } = toDepthmeshError(error);
        if (!OF_ONE_BLOB.has(reason)) throw error;
        counts.failed.push({ sha256, reason });
      }
      onProgress?.(counts);
    }
  };
  await Promise.all(Array.from({ length: BLOBS_AT_ONCE }, copyRest));
  return counts;
}

/** Also that of a blob which was removed since the list was made. */
const OF_ONE_BLOB: ReadonlySet<string> = new Set(["BLOB_CORRUPT", "BLOB_NOT_FOUND"]);

/** Undefined if it is there already. */
async function copyOne({ from, to }: CopyOptions, sha256: string): Promise<number | undefined> {
  const { sizeBytes } = await from.stat(sha256);
  const there = await to.stat(sha256).catch((error) => {
    if (OF_ONE_BLOB.has(toDepthmeshError(error).reason)) return undefined;
    throw error;
  });
  if (there?.sizeBytes === sizeBytes) return undefined;
  // Reading to the end throws BLOB_CORRUPT before the other store names the blob.
  await to.write(from.read(sha256));
  return sizeBytes;
}
