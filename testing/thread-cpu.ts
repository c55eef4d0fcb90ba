/** Processor time of the main thread of a process, from the scheduler (Linux). */
import { readFileSync } from "node:fs";

/** In milliseconds since the process began; `pid` is this process by default. */
export function mainThreadCpuMs(pid: number = process.pid): number {
  const [runNs = ""] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ");
  return Number(runNs) / 1e6;
}
