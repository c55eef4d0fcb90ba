/** The processes that belong to a mesh, found by what they have inherited from it. */
import { readdir, readFile } from "node:fs/promises";

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  /** Name of the program. */
  readonly name: string;
}

/** Every living process whose environment has `marker`. */
export async function processesWith(marker: string): Promise<ProcessFacts[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => factsOf(Number(pid), marker)));
  return found.filter((facts) => facts !== undefined);
}

/** Undefined: not one of these, or gone, or nothing but an entry that its parent has not collected. */
async function factsOf(pid: number, marker: string): Promise<ProcessFacts | undefined> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8");
    if (!environment.includes(marker)) return undefined;
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? undefined : { pid, parent: Number(parent), name };
  } catch {
    return undefined;
  }
}
