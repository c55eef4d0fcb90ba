/** How much a data folder takes, and how much is free where it lies. */
import { readdir, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";

export interface FolderFacts {
  readonly folder: string;
  /** Sum of the sizes of its files; 0 if it does not exist. */
  readonly bytes: number;
  readonly freeBytes: number;
}

export async function folderFacts(folder: string): Promise<FolderFacts> {
  return { folder, bytes: await sizeOf(folder), freeBytes: await freeBytes(folder) };
}

/** A file that is removed meanwhile counts nothing. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await sizeOf(path);
    else if (entry.isFile())
      bytes += await stat(path).then(
        ({ size }) => size,
        () => 0,
      );
  }
  return bytes;
}

/** Of the file system of the folder, or of the nearest folder above it that exists. */
export async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    const above = dirname(folder);
    if (above === folder) throw error;
    return freeBytes(above);
  }
}
