/** One mesh a data folder: a file that names the owning process. A lock whose owner is gone is taken over. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DepthmeshError } from "../../kit/errors.js";
import { processStat } from "../../kit/process-stat.js";

/** Returns the release. Throws SERVICE_UNAVAILABLE when a living process owns the folder. */
export function acquireFolder(folder: string): () => void {
  const file = join(folder, "lock");
  const own = `${file}.${process.pid}`;
  const standing = read(file);
  if (standing !== undefined) {
    if (isOwned(standing)) throw ownedBy(folder, standing);
    takeAway(folder, file, standing);
  }
  writeFileSync(own, nameOf(process.pid));
  try {
    // At once with what it says, and only where none is.
    linkSync(own, file);
  } catch {
    throw ownedBy(folder, read(file) ?? "");
  } finally {
    rmSync(own);
  }
  return () => rmSync(file, { force: true });
}

/** Process ids are given again, in a container always the same one: the time of its start tells a process from an earlier one. */
function nameOf(pid: number): string {
  return `${pid} ${processStat(pid)?.startedTicks}`;
}

function isOwned(lock: string): boolean {
  return lock === nameOf(Number.parseInt(lock, 10));
}

/** Of two that have found the same stale lock, one may take away the other's new one: it puts that back, and throws. */
function takeAway(folder: string, file: string, stale: string): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch {
    throw ownedBy(folder, stale);
  }
  const taken = read(aside);
  if (taken !== stale) linkSync(aside, file);
  rmSync(aside);
  if (taken !== stale) throw ownedBy(folder, taken ?? "");
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function ownedBy(folder: string, lock: string): DepthmeshError {
  const [pid = ""] = lock.split(" ");
  return new DepthmeshError("SERVICE_UNAVAILABLE", "another mesh owns this data folder", {
    metadata: { folder, pid },
  });
}
