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

/** Remove the trace files of `folder` that nobody has written to since `beforeMs`, Unix milliseconds. Others may do the same. */
export async function clearTraces(folder: string, beforeMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".jsonl")) continue;
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts && facts.mtimeMs < beforeMs) await rm(path, { force: true });
  }
}
