/** Jobs as people read them: a table of many, and everything about one. */

import { ageText, durationText } from "../core/quantity-text.js";
import { isFieldName, PARAMETERS } from "../core/spec/parameters.js";
import { fromRpcStatus } from "../kit/rpc/status.js";
import type { Job, JobEvent } from "../proto/gen/depthmesh/v1/job.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { CODEC_WORDS, CONTAINER_WORDS } from "../wire/enums.js";
import { fromWireFields } from "../wire/spec.js";
import { jobId } from "./connect.js";
import { errorText } from "./error-text.js";
import { artifactFile, describe } from "./job-files.js";
import { photoOf } from "./photo-label.js";
import { noteText, print, stateName } from "./print.js";
import { queueText } from "./progress.js";
import { tableLines } from "./table.js";

const COLUMNS = (nowMs: number) => [
  { title: "JOB", cell: ({ name }: Job) => jobId(name) },
  { title: "STATE", cell: (job: Job) => stateText(job) },
  { title: "AGE", cell: ({ createTime }: Job) => ageText(createTime, nowMs), alignRight: true },
  { title: "PHOTO", cell: (job: Job) => photoOf(job) || "-" },
  { title: "PRESET", cell: ({ spec }: Job) => spec?.camera?.preset || "-" },
  { title: "FILES OR ERROR", cell: (job: Job) => outcomeText(job) },
];

export function showJobs(jobs: readonly Job[], nowMs: number): void {
  for (const line of tableLines(COLUMNS(nowMs), jobs)) print(line);
}

/** One line about a job that was changed. */
export function jobLine(job: Job): string {
  return `${jobId(job.name)}  ${stateText(job)}  ${outcomeText(job)}`.trimEnd();
}

/** A job at work shows how far its stage is. */
function stateText({ state, progress }: Job): string {
  const name = stateName(state);
  const { depth = 0, render = 0, encode = 0 } = progress ?? {};
  const done =
    state === JobState.JOB_STATE_DEPTH
      ? depth
      : state === JobState.JOB_STATE_RENDER
        ? render
        : state === JobState.JOB_STATE_ENCODE
          ? encode
          : undefined;
  const queue = progress ? queueText(progress) : "";
  return done === undefined ? name + queue : `${name} ${Math.round(done * 100)} %${queue}`;
}

function outcomeText({ error, artifacts, cacheHit }: Job): string {
  const known = error && fromRpcStatus(error);
  if (known) return `${known.reason}: ${known.message}`;
  const files = artifacts.map(artifactFile).join(" ");
  return cacheHit ? `${files} (from the cache)` : files;
}

/** `events` are those that the job has had so far. */
export function showJob(job: Job, events: readonly JobEvent[]): void {
  const rows: [string, string][] = [
    ["job", job.name],
    ["state", stateText(job)],
    ["photo", photoOf(job)],
    ["created", job.createTime?.toISOString() ?? ""],
    ...stageRows(job, events),
    ["model", job.depthModel],
    ["cache", cacheText(job)],
    ["camera", cameraText(job)],
    ...errorRows(job),
    ["until", job.spec?.deadline?.toISOString() ?? ""],
    ["retry of", job.retryOf && jobId(job.retryOf)],
    ["retried", job.retriedAs.map(jobId).join(" ")],
    ["trace", job.traceId],
    ...job.notes.map((note): [string, string] => ["note", `${note.stage} ${noteText(note)}`]),
    ...job.artifacts.map((file): [string, string] => [
      "file",
      `${artifactFile(file)}  ${describe(file)}`,
    ]),
    ...specRows(job),
  ];
  for (const [name, value] of rows) if (value) print(`${name.padEnd(9)} ${value}`);
}

/** When each state began, and how long it lasted. */
function stageRows(job: Job, events: readonly JobEvent[]): [string, string][] {
  const changes = events.flatMap(({ time, kind }) =>
    time && kind?.$case === "stateChange" ? [{ atMs: time.getTime(), ...kind.value }] : [],
  );
  return changes.map(({ atMs, state, reason }, i) => {
    const next = changes[i + 1]?.atMs;
    const total = job.createTime ? atMs - job.createTime.getTime() : 0;
    const length =
      next === undefined
        ? `${durationText(total / 1000)} after it was created`
        : durationText((next - atMs) / 1000);
    return [stateName(state).toLowerCase(), reason ? `${length}, ${reason}` : length];
  });
}

function cacheText({ cacheHit, depth }: Job): string {
  if (cacheHit) return "the result of an earlier job";
  return depth?.cacheHit ? "the depth map of an earlier job" : "";
}

function cameraText({ camera }: Job): string {
  if (!camera) return "";
  const { strength, hiddenAreaPercent, stretchP99 } = camera;
  const depth = strength < 1 ? `${Math.round(100 * strength)} % of the depth asked for; ` : "";
  return `${depth}shows ${hiddenAreaPercent.toFixed(1)} % that the photo hides, stretches it ${stretchP99.toFixed(2)} times`;
}

function errorRows({ error }: Job): [string, string][] {
  const known = error && fromRpcStatus(error);
  if (!known) return [];
  return [["error", errorText(known)]];
}

function specRows({ spec }: Job): [string, string][] {
  if (!spec) return [];
  const rate = spec.clip?.frameRate;
  const outputs = spec.outputs.map(({ container, codec }) =>
    [CONTAINER_WORDS.word(container, "container"), CODEC_WORDS.word(codec, "codec")].join("/"),
  );
  const given = Object.entries(fromWireFields(spec))
    .filter(([name, value]) => isFieldName(name) && PARAMETERS[name].defaultValue !== value)
    .map(([name, value]) => `${name}=${value}`);
  return [
    ["preset", spec.camera?.preset ?? ""],
    ["rate", rate ? `${rate.numerator / (rate.denominator || 1)} frames/s` : ""],
    ["outputs", outputs.join(" ")],
    ["motions", spec.motions.map(({ parameter }) => parameter).join(" ")],
    ...given.map((line): [string, string] => ["set", line]),
  ];
}
