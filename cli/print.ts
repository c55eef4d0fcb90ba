/** What the commands print about jobs: one line per job, event and note. */
import { fromRpcStatus } from "../kit/rpc/status.js";
import { type Job, type JobEvent, JobState, type Note } from "../proto/gen/depthmesh/v1/job.js";

/** Prints a line on standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const STATE_NAMES = new Map<number, string>(
  Object.entries(JobState).map(([name, value]) => [value, name.replace("JOB_STATE_", "")]),
);

export function stateName(state: JobState): string {
  return STATE_NAMES.get(state) ?? "?";
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 100)} %`;
}

export function jobLine(job: Job): string {
  const { depth = 0, render = 0, encode = 0 } = job.progress ?? {};
  const state = stateName(job.state).padEnd(9);
  const progress = [depth, render, encode].map((value) => percent(value).padStart(5)).join(" ");
  const preset = (job.spec?.camera?.preset ?? "").padEnd(10);
  return `${job.name}  ${state} ${progress}  ${preset} ${job.createTime?.toISOString() ?? ""}`;
}

export function showJob(job: Job): void {
  print(jobLine(job));
  print(`trace  ${job.traceId}`);
  const error = job.error && fromRpcStatus(job.error);
  if (job.depthModel) print(`depth  ${job.depthModel}`);
  if (job.cacheHit) print("cache  result of an earlier job");
  if (error) print(`error  ${error.reason}: ${error.message}`);
  if (job.spec?.deadline) print(`until  ${job.spec.deadline.toISOString()}`);
  if (job.retryOf) print(`after  ${job.retryOf}`);
  for (const next of job.retriedAs) print(`again  ${next}`);
  for (const note of job.notes) print(`note   ${note.stage} ${noteText(note)}`);
  for (const { name, mediaType, sizeBytes, width, height } of job.artifacts) {
    print(`file   ${name}  ${mediaType}  ${width}×${height}  ${sizeBytes} bytes`);
  }
}

export function eventLine({ number, time, kind }: JobEvent): string {
  const at = `${time?.toISOString() ?? ""} ${String(number).padStart(3)}`;
  switch (kind?.$case) {
    case "stateChange": {
      const { state, reason } = kind.value;
      return `${at} ${stateName(state)}${reason && ` ${reason}`}`;
    }
    case "progress": {
      const { depth, render, encode } = kind.value;
      return `${at} depth ${percent(depth)}, render ${percent(render)}, encode ${percent(encode)}`;
    }
    default:
      return `${at} …`;
  }
}

/** A note says how a result differs from what was requested: its code, meaning and details. */
function noteText({ code, message, metadata }: Note): string {
  const details = Object.entries(metadata).map(([key, value]) => `${key} ${value}`);
  return `${code}: ${message}${details.length === 0 ? "" : ` (${details.join(", ")})`}`;
}

/** Prints the notes of a job on standard error, one per line. */
export function showNotes({ notes }: Job): void {
  for (const note of notes) process.stderr.write(`note: ${noteText(note)}\n`);
}
