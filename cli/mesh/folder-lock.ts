/** One mesh a data folder: a file with the owner's process id. A lock whose owner is gone is taken over. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DepthmeshError } from "../../kit/errors.js";
import { isAlive } from "../../kit/is-alive.js";

/** Returns the release. Throws SERVICE_UNAVAILABLE when a living process owns the folder. */
export function acquireFolder(folder: string): () => void {
  const file = join(folder, "lock");
  const owner = ownerOf(file);
  if (owner !== undefined && isAlive(owner)) {
    throw new DepthmeshError("SERVICE_UNAVAILABLE", "another mesh owns this data folder", {
      metadata: { folder, pid: String(owner) },
    });
  }
  rmSync(file, { force: true });
  // Exclusive: of two that found the same stale lock one fails here.
  writeFileSync(file, String(process.pid), { flag: "wx" });
  return () => rmSync(file, { force: true });
}

function ownerOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}
