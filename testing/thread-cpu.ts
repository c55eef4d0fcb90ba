/** Processor time of the threads of a process, from the scheduler (Linux). */
import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";

/** Of the main thread, in milliseconds since it began; `pid` is this process by default. */
export function mainThreadCpuMs(pid: number = process.pid): number {
  return parseSchedstat(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8"));
}

export interface ThreadTime {
  readonly tid: number;
  /** As the kernel keeps it: at most 15 bytes; that of the program unless the thread changed it. */
  readonly name: string;
  /** Milliseconds since the thread began. */
  readonly cpuMs: number;
}

/**
 * All threads that live, the oldest first. A thread that ends meanwhile is left out. Throws when
 * the process is gone.
 */
export async function threadTimes(pid: number): Promise<ThreadTime[]> {
  const tids = (await readdir(`/proc/${pid}/task`)).map(Number).sort((a, b) => a - b);
  const threads = await Promise.all(
    tids.map(async (tid) => {
      try {
        const folder = `/proc/${pid}/task/${tid}`;
        const [name, schedstat] = await Promise.all([
          readFile(`${folder}/comm`, "utf8"),
          readFile(`${folder}/schedstat`, "utf8"),
        ]);
        return { tid, name: name.trimEnd(), cpuMs: parseSchedstat(schedstat) };
      } catch {
        // It has ended since the folder was listed.
        return undefined;
      }
    }),
  );
  return threads.filter((thread) => thread !== undefined);
}

/** Milliseconds on a processor: the first number of /proc/.../schedstat, which is nanoseconds. */
export function parseSchedstat(schedstat: string): number {
  const [runNs = ""] = schedstat.split(" ");
  return Number(runNs) / 1e6;
}
