/**
 * One mesh a data folder: a lock that the kernel keeps for as long as its owner lives, whatever
 * namespaces divide them.
 */
import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DepthmeshError } from "../core/errors.js";

/** What flock(1) ends with when somebody else holds the lock. */
const HELD = 1;

/** Returns the release. Throws SERVICE_UNAVAILABLE when a living process owns the folder. */
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
  // The file stays: whoever removed it could remove another's.
  return () => closeSync(descriptor);
}

/**
 * The lock belongs to the open file, which the program gets for its third descriptor and this
 * process keeps.
 */
function lock(descriptor: number, folder: string, file: string): void {
  const stdio = ["ignore", "ignore", "ignore", descriptor] as const;
  const { status, error } = spawnSync("flock", ["--nonblock", "3"], { stdio: [...stdio] });
  if (status === 0) return;
  if (status === HELD) {
    throw new DepthmeshError("SERVICE_UNAVAILABLE", "another mesh owns this data folder", {
      metadata: { folder, pid: readFileSync(file, "utf8") },
    });
  }
  throw new DepthmeshError("SERVICE_UNAVAILABLE", "the data folder cannot be locked", {
    metadata: { folder },
    cause: error ?? new Error(`flock ended with ${status}`),
  });
}
