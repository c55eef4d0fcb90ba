/** Ensures that only one mesh uses a data folder, by a lock on a file in it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DepthmeshError } from "../core/errors.js";
import { lockFile } from "../kit/process/file-lock.js";

/** Whether an error of `acquireFolder` says that a living process has the folder. */
export function isFolderInUse(error: unknown): error is DepthmeshError {
  return error instanceof DepthmeshError && error.metadata.pid !== undefined;
}

/**
 * Locks the folder and returns a function that releases it. Throws SERVICE_UNAVAILABLE when a
 * living process has it.
 */
export function acquireFolder(folder: string): () => void {
  const file = join(folder, "lock");
  const release = lockIn(folder, file);
  if (release) return release;
  const message = `another mesh is using the data folder ${folder}; wait for it, or choose another with --data`;
  throw new DepthmeshError("SERVICE_UNAVAILABLE", message, {
    metadata: { folder, pid: readFileSync(file, "utf8") },
  });
}

function lockIn(folder: string, file: string): (() => void) | undefined {
  try {
    return lockFile(file);
  } catch (cause) {
    throw new DepthmeshError("SERVICE_UNAVAILABLE", "the data folder cannot be locked", {
      metadata: { folder },
      cause,
    });
  }
}
