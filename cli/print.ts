/** Jobs and their events as lines of text. */
import { fromRpcStatus } from "../kit/rpc/status.js";
import { type Job, type JobEvent, JobState, type Note } from "../proto/gen/depthmesh/v1/job.js";

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
  const reached = [depth, render, encode].map((value) => percent(value).padStart(5)).join(" ");
  const preset = (job.spec?.camera?.preset ?? "").padEnd(10);
  return `${job.name}  ${state} ${reached}  ${preset} ${job.createTime?.toISOString() ?? ""}`;
}

export function showJob(job: Job): void {
  print(jobLine(job));
  print(`trace  ${job.traceId}`);
  const error = job.error && fromRpcStatus(job.error);
  if (job.depthModel) print(`depth  ${job.depthModel}`);
  if (job.cacheHit) print("cache  the result is an earlier job's");
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

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Code, meaning, and the facts of this one. */
export function noteText({ code, message, metadata }: Note): string {
  const facts = Object.entries(metadata).map(([key, value]) => `${key} ${value}`);
  return `${code}: ${message}${facts.length === 0 ? "" : ` (${facts.join(", ")})`}`;
}

/** On standard error, a line each. */
export function showNotes({ notes }: Job): void {
  for (const note of notes) process.stderr.write(`note: ${noteText(note)}\n`);
}
