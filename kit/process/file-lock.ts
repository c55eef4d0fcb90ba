/**
 * A lock on a file, which one process has at a time. The kernel holds it while its owner lives,
 * also across container namespaces, so that nothing is left behind by one that is killed.
 */
import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";

/** Exit status of flock(1) when another process holds the lock. */
const HELD = 1;

/**
 * Locks a file, which is made if it is missing and then has the process id of its owner. Returns a
 * function that releases it; undefined when a living process has it. Throws where the file cannot
 * be opened or locked.
 */
export function lockFile(file: string): (() => void) | undefined {
  const descriptor = openSync(file, "a+", 0o600);
  try {
    if (!tryLock(descriptor)) {
      closeSync(descriptor);
      return undefined;
    }
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
function tryLock(descriptor: number): boolean {
  const stdio = ["ignore", "ignore", "ignore", descriptor] as const;
  const { status, error } = spawnSync("flock", ["--nonblock", "3"], { stdio: [...stdio] });
  if (status === 0 || status === HELD) return status === 0;
  throw error ?? new Error(`flock ended with ${status}`);
}
