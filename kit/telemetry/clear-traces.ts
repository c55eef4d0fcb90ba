/** Local trace files do not stay for ever: each is kept for a while after its last span. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Remove the trace files of `folder` that nobody has written to since `beforeMs`, Unix milliseconds. Returns how many. */
export async function clearTraces(folder: string, beforeMs: number): Promise<number> {
  let removed = 0;
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".jsonl")) continue;
    const path = join(folder, name);
    if ((await stat(path)).mtimeMs >= beforeMs) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  return removed;
}
