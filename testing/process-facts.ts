/**
 * Facts about processes from /proc: processor time, memory, open files, and which process started
 * which.
 */
import { readdir, readFile } from "node:fs/promises";

/** Clock ticks per second in /proc/PID/stat: USER_HZ, the same on every architecture of Node. */
const TICKS_PER_SECOND = 100;
/** Positions in /proc/PID/stat after the name in brackets; the state and the parent come first. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;
const CHILDREN_USER_TICKS = 13;
const CHILDREN_SYSTEM_TICKS = 14;

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  /** Program name as the kernel keeps it: its first 15 bytes. */
  readonly name: string;
  /** One letter, such as R (running), S (sleeping), T (stopped) or Z (zombie). */
  readonly state: string;
}

/** Processor seconds that a process and its threads have used. Throws when the process is gone. */
export async function processorSeconds(pid: number): Promise<number> {
  return (await processTimes(pid)).ownSeconds;
}

/** Processor time of a process, also of threads that have ended. */
export interface ProcessTimes {
  readonly ownSeconds: number;
  /** Of its children that have ended and were waited for, and of theirs. */
  readonly childrenSeconds: number;
}

/** Throws when the process is gone. */
export async function processTimes(pid: number): Promise<ProcessTimes> {
  return timesOf(await readStat(pid));
}

/** The times in a parsed /proc/PID/stat. */
export function timesOf({ fields }: Pick<Stat, "fields">): ProcessTimes {
  const seconds = (user: number, system: number) =>
    (Number(fields[user]) + Number(fields[system])) / TICKS_PER_SECOND;
  return {
    ownSeconds: seconds(USER_TICKS, SYSTEM_TICKS),
    childrenSeconds: seconds(CHILDREN_USER_TICKS, CHILDREN_SYSTEM_TICKS),
  };
}

/** Resident set in MiB. Throws when the process is gone. */
export async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** Number of open file descriptors. Throws when the process is gone. */
export async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/** Program and arguments, with spaces between them. Throws when the process is gone. */
export async function commandLine(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ").trim();
}

/** All processes below `pid`: its children, their children, and so on. */
export async function descendants(pid: number): Promise<ProcessFacts[]> {
  const all = await processes(async () => true);
  const below = (parent: number): ProcessFacts[] =>
    all.filter((child) => child.parent === parent).flatMap((child) => [child, ...below(child.pid)]);
  return below(pid);
}

/**
 * Every running process that has `marker` in its environment. Children inherit the environment, so
 * this also finds those whose parent has died. Zombies are left out.
 */
export function processesWith(marker: string): Promise<ProcessFacts[]> {
  return processes(async ({ pid, state }) => {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8");
    return state !== "Z" && environment.includes(marker);
  });
}

async function processes(
  accepts: (facts: ProcessFacts) => Promise<boolean>,
): Promise<ProcessFacts[]> {
  const pids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const { name, fields } = await readStat(pid);
        const [state = "", parent] = fields;
        const facts = { pid, parent: Number(parent), name, state };
        return (await accepts(facts)) ? facts : undefined;
      } catch {
        // It has ended since the folder was listed, or belongs to another user.
        return undefined;
      }
    }),
  );
  return found.filter((facts) => facts !== undefined);
}

async function readStat(pid: number): Promise<Stat> {
  return parseStat(await readFile(`/proc/${pid}/stat`, "utf8"));
}

/** /proc/PID/stat: the name, and the fields after it, the state first. */
interface Stat {
  readonly name: string;
  readonly fields: readonly string[];
}

export function parseStat(stat: string): Stat {
  // The name in brackets may contain spaces and brackets itself.
  const end = stat.lastIndexOf(")");
  const fields = stat
    .slice(end + 2)
    .trimEnd()
    .split(" ");
  return { name: stat.slice(stat.indexOf("(") + 1, end), fields };
}
