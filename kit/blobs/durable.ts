/** What makes names on a file system durable, and who may read them. */
import { open } from "node:fs/promises";

/** Mode of folders: photos are private, so no other user of the machine reads them. */
export const OWNER_ONLY = 0o700;

/** Whether an error says that there is no such file or folder. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** A new name in a folder, also by a rename, is durable only after the folder has been flushed. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
