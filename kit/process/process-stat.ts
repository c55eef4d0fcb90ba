/**
 * Reads from the Linux kernel whether a process is alive or stopped, and how much processor time it
 * has used (proc(5), /proc/PID/stat).
 */
import { readFileSync } from "node:fs";

export interface ProcessStat {
  /** Stopped by a signal or a debugger: it does nothing until it is continued. */
  readonly isStopped: boolean;
  /** Processor time of all its threads in milliseconds, in steps of 10. */
  readonly processorMs: number;
  /** When it started, in ticks since the machine did: tells processes with the same id apart. */
  readonly startTicks: number;
}

/** The unit of times in /proc, on every architecture that Linux supports. */
const TICK_MS = 10;
/** Field numbers after the name in brackets; the name itself may contain spaces and brackets. */
const STATE = 0;
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;
const START_TICKS = 19;

/** Undefined when there is no such process. */
export function processStat(pid: number | undefined): ProcessStat | undefined {
  if (pid === undefined) return undefined;
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const state = fields[STATE] ?? "";
  const ticks = Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS]);
  return {
    isStopped: state === "T" || state === "t",
    processorMs: ticks * TICK_MS,
    startTicks: Number(fields[START_TICKS]),
  };
}

/** Whether a process with this id runs on this host. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process exists but belongs to another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
