/** Prints the trace of a job as a waterfall, from the trace files of a mesh on this machine. */
import { watch } from "node:fs/promises";
import { DepthmeshError } from "../core/errors.js";
import type { SpanRecord } from "../kit/telemetry/trace-files.js";
import { drawWaterfall, readTrace } from "../kit/telemetry/waterfall.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";

/** A span is written when it ends; the outermost ones end shortly after the job. */
const LAST_SPANS_MS = 3_000;
const DEFAULT_COLUMNS = 120;

/** Throws JOB_NOT_READY when the trace is not on this machine. */
export async function showTrace(
  job: Job,
  traces: string | undefined,
  output: NodeJS.WriteStream = process.stdout,
): Promise<void> {
  const spans = traces === undefined ? [] : await completeTrace(traces, job);
  if (spans.length === 0) {
    throw new DepthmeshError("JOB_NOT_READY", "the job's trace is not on this machine", {
      metadata: { trace_id: job.traceId },
    });
  }
  output.write(`${drawWaterfall(spans, output.columns || DEFAULT_COLUMNS)}\n`);
  output.write(`trace ${job.traceId}\n`);
}

/** The spans of the job. Waits briefly until each stage of a finished job has written its own. */
async function completeTrace(folder: string, job: Job): Promise<SpanRecord[]> {
  const expected =
    job.state === JobState.JOB_STATE_SUCCEEDED && job.progress
      ? (["depth", "render", "encode"] as const).filter((stage) => (job.progress?.[stage] ?? 0) > 0)
      : [];
  const isComplete = (spans: readonly SpanRecord[]) =>
    expected.every((stage) => spans.some((span) => span.name === `process ${stage}`));
  const changes = watch(folder, { signal: AbortSignal.timeout(LAST_SPANS_MS) });
  let spans = readTrace(folder, job.traceId);
  try {
    while (!isComplete(spans)) {
      await changes[Symbol.asyncIterator]().next();
      spans = readTrace(folder, job.traceId);
    }
  } catch {
    // Time is up: the spans that were found are shown.
  }
  return spans;
}
