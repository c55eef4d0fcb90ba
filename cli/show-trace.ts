/** Prints the trace of a job as a waterfall: the spans of all processes of the mesh. */
import type { DepthmeshClient } from "../client/client.js";
import { DepthmeshError } from "../core/errors.js";
import { pause } from "../kit/async/delay.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import type { JobTrace } from "../proto/gen/depthmesh/v1/job_service.js";
import { fromWireTrace } from "../wire/trace.js";
import { drawWaterfall } from "./draw-waterfall.js";
import { printJson } from "./print.js";
import { traceJson } from "./trace-json.js";

/** A span is written when it ends; the outermost ones end shortly after the job. */
const LAST_SPANS_MS = 3_000;
const ASK_AGAIN_MS = 150;
const DEFAULT_COLUMNS = 120;

export interface ShowTraceOptions {
  /** Prints JSON to standard output instead. */
  readonly json?: boolean | undefined;
  readonly output?: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/** Throws JOB_NOT_READY when no process of the mesh has spans of the job. */
export async function showTrace(
  client: DepthmeshClient,
  job: Job,
  { json = false, output = process.stdout, signal }: ShowTraceOptions,
): Promise<void> {
  const found = await completeTrace(client, job, signal);
  if (found.spans.length === 0) {
    throw new DepthmeshError("JOB_NOT_READY", "no process of the mesh has the job's trace", {
      metadata: { trace_id: job.traceId },
    });
  }
  if (json) return printJson(traceJson(found));
  output.write(`${drawWaterfall(fromWireTrace(found), output.columns || DEFAULT_COLUMNS)}\n`);
  output.write(`trace ${found.traceId}\n`);
  for (const line of warningsOf(found)) process.stderr.write(`note: ${line}\n`);
}

function warningsOf({ truncated, missingWorkers, spans }: JobTrace): string[] {
  return [
    ...(truncated ? [`the trace has more spans than these ${spans.length}`] : []),
    ...missingWorkers.map((worker) => `${worker} did not answer: spans of it may be missing`),
  ];
}

/** Asks again for a short while until each stage of a finished job has written its span. */
async function completeTrace(
  client: DepthmeshClient,
  { name, state, progress }: Job,
  signal: AbortSignal,
): Promise<JobTrace> {
  const expected =
    state === JobState.JOB_STATE_SUCCEEDED && progress
      ? (["depth", "render", "encode"] as const).filter((stage) => progress[stage] > 0)
      : [];
  const isComplete = ({ spans }: JobTrace) =>
    expected.every((stage) => spans.some((span) => span.name === `process ${stage}`));
  const lastMs = Date.now() + LAST_SPANS_MS;
  let found = await client.getJobTrace(name, signal);
  while (!isComplete(found) && Date.now() < lastMs) {
    await pause(ASK_AGAIN_MS, signal);
    found = await client.getJobTrace(name, signal);
  }
  return found;
}
