/**
 * Named moments at which a process can be made to die or to freeze: how tests reach the instants
 * between two steps. Off, and a single comparison, unless a folder is named. An armed point is a
 * file there; the process that reaches the point first claims it by renaming it, so it strikes
 * once, however many processes there are.
 */
import { readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";

const FAILPOINTS = [
  "after-lease",
  "mid-work",
  "after-output-before-commit",
  "after-commit-before-publish",
  "after-commit-before-ack",
  "during-upload",
  "during-blob-write",
  "after-record-before-publish",
  "during-frame-streaming",
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

/** What an armed file says, as JSON. */
export interface Strike {
  readonly service: string;
  readonly point: Failpoint;
  /** Unset: of any job. */
  readonly job?: string;
  /** Times that one process passes the point unharmed before. */
  readonly after: number;
  /** SIGSTOP lasts until somebody sends SIGCONT. */
  readonly signal: "SIGKILL" | "SIGSTOP";
}

/** Name of an armed file; a claimed one ends with the claimer's process id instead. */
export const ARMED = ".armed";

let enabled: { readonly folder: string; readonly service: string } | undefined;
/** Times that this process has passed an armed point, by file. */
const passed = new Map<string, number>();

/** Look for armed files in `folder` from now on; empty switches failpoints off. */
export function enableFailpoints(folder: string, service: string): void {
  enabled = folder === "" ? undefined : { folder, service };
}

/** Die or freeze here, if a file for this point is armed. `job` is empty where none is known. */
export function failpoint(point: Failpoint, job: string): void {
  if (enabled) strikeWhereArmed(enabled.folder, enabled.service, point, job);
}

function strikeWhereArmed(folder: string, service: string, point: Failpoint, job: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(ARMED)) continue;
    const file = join(folder, name);
    const strike = readStrike(file);
    if (strike?.service !== service || strike.point !== point) continue;
    if (strike.job !== undefined && strike.job !== job) continue;
    const times = passed.get(file) ?? 0;
    passed.set(file, times + 1);
    if (times < strike.after || !claim(file)) continue;
    process.kill(process.pid, strike.signal);
  }
}

/** Undefined: another process has claimed it, or it was taken back. */
function readStrike(file: string): Strike | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Strike;
  } catch {
    return undefined;
  }
}

function claim(file: string): boolean {
  try {
    renameSync(file, `${file.slice(0, -ARMED.length)}.${process.pid}`);
    return true;
  } catch {
    return false;
  }
}
