/** Converts one photo and writes the results. */
import type { DepthmeshError } from "../core/errors.js";
import type { Job } from "../proto/gen/depthmesh/v1/job.js";
import { type Connection, jobId } from "./connect.js";
import { artifactsOf, type ConvertPlan, writtenFiles } from "./convert-plan.js";
import { isInterrupted } from "./interrupt.js";
import { download, type WrittenFile } from "./job-files.js";
import { type JobObserver, runJob } from "./run-job.js";

export interface Conversion {
  readonly plan: ConvertPlan;
  readonly job: Job;
  readonly files: readonly WrittenFile[];
  readonly seconds: number;
}

/** Throws the job's error, and JOB_CANCELLED when Ctrl-C interrupts: the job is then kept. */
export async function convertOne(
  connection: Connection,
  plan: ConvertPlan,
  requestId: string | undefined,
  observer: JobObserver,
): Promise<Conversion> {
  const startedAtMs = Date.now();
  const request = { ...plan, ...(requestId !== undefined && { requestId }) };
  const job = await runJob(connection, request, observer);
  const files = await writeResults(connection, plan, job);
  return { plan, job, files, seconds: (Date.now() - startedAtMs) / 1000 };
}

export async function writeResults(
  { client, signal }: Pick<Connection, "client" | "signal">,
  plan: ConvertPlan,
  job: Job,
): Promise<WrittenFile[]> {
  const files: WrittenFile[] = [];
  for (const [artifact, path] of artifactsOf(job, plan)) {
    files.push(await download(client, job, artifact, path, signal));
  }
  return files;
}

/** Why a command ends before its job: Ctrl-C, or the end of the mesh. */
export type WhyLeft = "interrupted" | "interrupted with its mesh" | "stopped";

const STATES = {
  interrupted: "interrupted: the job goes on in the mesh",
  "interrupted with its mesh": "interrupted: the job is kept, and goes on with the next mesh",
  stopped: "the mesh stops: the job is kept, and goes on with the next mesh",
} as const;

/** Why the job of this error was left; undefined if the error is one of the job. */
export function whyLeft(
  error: unknown,
  { signal, isTemporary }: Pick<Connection, "signal" | "isTemporary">,
): WhyLeft | undefined {
  if (isInterruption(error, signal)) {
    return isTemporary ? "interrupted with its mesh" : "interrupted";
  }
  return (error as DepthmeshError)?.reason === "DRAINING" ? "stopped" : undefined;
}

/** What a user whose command left jobs behind can do with one of them. */
export function leftJobText(job: string, plan: ConvertPlan, why: WhyLeft): string {
  return [
    STATES[why],
    `${getLine(job, plan)}   finishes it and fetches what it makes`,
    `  depthmesh jobs cancel ${jobId(job)}   ends it`,
  ].join("\n");
}

/** The same for the jobs of several photos: a line for each. */
export function leftJobsText(
  left: readonly { readonly job: string; readonly plan: ConvertPlan }[],
  isTemporary: boolean,
): string {
  const state = isTemporary ? "are kept, and go on with the next mesh" : "go on in the mesh";
  const lines = left.map(({ job, plan }) => getLine(job, plan));
  const title = `interrupted: the jobs ${state}; these lines finish them and fetch what they make, \`depthmesh jobs cancel JOB\` ends one:`;
  return [title, ...lines].join("\n");
}

function getLine(job: string, plan: ConvertPlan): string {
  const [file = ".", ...others] = writtenFiles(plan);
  const output = others.length === 0 ? file : ".";
  return `  depthmesh jobs get ${jobId(job)} -o ${shellWord(output)}`;
}

/** A file name as a shell reads it back. */
function shellWord(text: string): string {
  return /^[\w./+@%-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Whether an error is that of Ctrl-C, not one of the job. */
export function isInterruption(error: unknown, signal: AbortSignal): boolean {
  const isOfSignal =
    error === signal.reason || (error as DepthmeshError)?.reason === "JOB_CANCELLED";
  return isInterrupted(signal) && isOfSignal;
}
