/** What Linux says of a process: processor time, memory, open files, children. */
import { readdir, readFile } from "node:fs/promises";

/** Clock ticks a second of /proc/PID/stat: USER_HZ, the same on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Places in /proc/PID/stat after the name in brackets. */
const PARENT = 1;
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** Processor seconds that a process and its threads have used. Throws when it is gone. */
export async function processorSeconds(pid: number): Promise<number> {
  const fields = await statFields(pid);
  return (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) / TICKS_PER_SECOND;
}

/** Resident set in MiB. Throws when the process is gone. */
export async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** Open file descriptors. Throws when the process is gone. */
export async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/** A process below another one. */
export interface Descendant {
  readonly pid: number;
  /** As the kernel knows it: the first 15 bytes of the program's name. */
  readonly name: string;
}

/** All processes below `pid`. */
export async function descendants(pid: number): Promise<Descendant[]> {
  const pids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
  const rows = await Promise.all(pids.map(parentAndName));
  const below = (parent: number): Descendant[] =>
    rows
      .filter((row) => row?.parent === parent)
      .flatMap((row) => (row ? [{ pid: row.pid, name: row.name }, ...below(row.pid)] : []));
  return below(pid);
}

async function parentAndName(pid: number) {
  try {
    const [fields, name] = await Promise.all([
      statFields(pid),
      readFile(`/proc/${pid}/comm`, "utf8"),
    ]);
    return { pid, parent: Number(fields[PARENT]), name: name.trim() };
  } catch {
    // It has ended since the folder was listed.
    return undefined;
  }
}

async function statFields(pid: number): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold spaces and brackets itself.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

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
