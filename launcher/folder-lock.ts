/**
 * Ensures that only one mesh uses a data folder, by a file lock. The kernel holds it while its
 * owner lives, also across container namespaces.
 */
import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DepthmeshError } from "../core/errors.js";

/** Exit status of flock(1) when another process holds the lock. */
const HELD = 1;

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
  const descriptor = openSync(file, "a+");
  try {
    lock(descriptor, folder, file);
    ftruncateSync(descriptor);
    writeSync(descriptor, String(process.pid));
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  // The file stays: removing it could remove the file that another process has locked.
  return () => closeSync(descriptor);
}

/**
 * The lock belongs to the open file description, which this process shares with flock(1) as its
 * descriptor 3 and keeps.
 */
function lock(descriptor: number, folder: string, file: string): void {
  const stdio = ["ignore", "ignore", "ignore", descriptor] as const;
  const { status, error } = spawnSync("flock", ["--nonblock", "3"], { stdio: [...stdio] });
  if (status === 0) return;
  if (status === HELD) {
    throw new DepthmeshError(
      "SERVICE_UNAVAILABLE",
      `another mesh is using the data folder ${folder}; wait for it, or choose another with --data`,
      {
        metadata: { folder, pid: readFileSync(file, "utf8") },
      },
    );
  }
  throw new DepthmeshError("SERVICE_UNAVAILABLE", "the data folder cannot be locked", {
    metadata: { folder },
    cause: error ?? new Error(`flock ended with ${status}`),
  });
}
