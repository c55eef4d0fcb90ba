/** Local trace files do not stay for ever: each is kept for a while after its last span. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const MS_PER_HOUR = 3_600_000;

/** Clear `folder` now and every hour, until the function that comes back is called. */
export function keepCleared(
  folder: string,
  keepHours: number,
  onError: (error: unknown) => void,
): () => void {
  const clear = () => {
    clearTraces(folder, Date.now() - keepHours * MS_PER_HOUR).catch(onError);
  };
  clear();
  const timer = setInterval(clear, MS_PER_HOUR).unref();
  return () => clearInterval(timer);
}

/** `<trace id>.jsonl`: the folder may hold what others keep there. */
const TRACE_FILE = /^[0-9a-f]{32}\.jsonl$/;

/**
 * Remove the trace files of `folder` that nobody has written to since `beforeMs`, Unix milliseconds. Others may do the same. Throws
 * the first failure when all have been looked at.
 */
export async function clearTraces(folder: string, beforeMs: number): Promise<void> {
  const failures: unknown[] = [];
  for (const name of await readdir(folder)) {
    if (!TRACE_FILE.test(name)) continue;
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (!facts || facts.mtimeMs >= beforeMs) continue;
    await rm(path, { force: true }).catch((error) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}
