/**
 * Failpoints: named moments at which tests can kill or stop a process, to reach the time between
 * two steps. They are off unless a folder is set; then each costs one comparison. To arm a
 * failpoint is to create a file in the folder; the first process that reaches the failpoint claims
 * the file by renaming it, so it strikes only once.
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
  "after-part-before-commit",
  "after-adoption-before-finish",
  "after-record-before-publish",
  "after-segment-before-publish",
  "during-frame-streaming",
  "before-division",
  "after-fold-before-order",
  "before-join",
  "after-join-before-store",
  "after-segment-removal",
  "after-deletion-mark",
  "after-cache-removal",
  "after-blob-removal",
  "after-end-before-webhooks",
  "after-webhooks-before-event",
  "before-webhook",
  "after-webhook-before-settle",
  "after-webhook-failure",
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

/** The content of an armed file, as JSON. */
export interface Strike {
  readonly service: string;
  readonly point: Failpoint;
  /** Only for this job; for any job by default. */
  readonly job?: string;
  /** How many times a process passes the failpoint before it strikes. */
  readonly after: number;
  /** A process that gets SIGSTOP is stopped until it gets SIGCONT. */
  readonly signal: "SIGKILL" | "SIGSTOP";
}

/** Ending of an armed file; a claimed file ends with the claimer's process id instead. */
export const ARMED = ".armed";

let enabled: { readonly folder: string; readonly service: string } | undefined;
/** How often this process has passed each armed failpoint, by file. */
const passed = new Map<string, number>();

/** From now on, looks for armed files in `folder`; an empty name switches failpoints off. */
export function enableFailpoints(folder: string, service: string): void {
  enabled = folder === "" ? undefined : { folder, service };
}

/**
 * Kills or stops this process if a file for this failpoint is armed. `job` is empty where no job is
 * known.
 */
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

/** Undefined if another process has claimed the file, or it was removed. */
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
