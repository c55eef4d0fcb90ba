/** Follows one job: its history from any number on, progress between the entries, a heartbeat in silence. */
import { AsyncQueue } from "../../../kit/async/queue.js";
import { jobNotFound } from "../../../pipeline/record/id.js";
import { isTerminal, type JobRecord, type Progress } from "../../../pipeline/record/record.js";
import { STAGES, type Stage } from "../../../pipeline/stages.js";
import { progressSubject } from "../../../pipeline/topology/names.js";
import type { JobEvent } from "../../../proto/gen/depthmesh/v1/job.js";
import { toWireError, toWireState } from "../../../wire/job.js";
import type { GatewayContext } from "../context.js";

const HEARTBEAT_MS = 15_000;

type Notice =
  | { readonly record: JobRecord }
  | { readonly stage: Stage; readonly fraction: number }
  | { readonly heartbeat: true };

export async function* watchJob(
  context: GatewayContext,
  id: string,
  afterEvent: number,
  signal: AbortSignal,
): AsyncGenerator<JobEvent> {
  const current = await context.store.read(id);
  if (!current) throw jobNotFound(id);
  const stop = new AbortController();
  const notices = new AsyncQueue<Notice>();
  const end = () => notices.close();
  signal.addEventListener("abort", end, { once: true });
  const progress = context.bus.connection.subscribe(progressSubject(current.record.tenant, id), {
    callback: (_error, message) => {
      const { stage, fraction } = message.json<{ stage: Stage; fraction: number }>();
      if (STAGES.includes(stage)) notices.push({ stage, fraction });
    },
  });
  const heartbeat = setInterval(() => notices.push({ heartbeat: true }), HEARTBEAT_MS);
  void pumpRecords(context, id, notices, stop.signal);
  try {
    yield* eventsOf(notices, afterEvent);
  } finally {
    clearInterval(heartbeat);
    progress.unsubscribe();
    stop.abort();
    signal.removeEventListener("abort", end);
  }
}

async function pumpRecords(
  { store }: GatewayContext,
  id: string,
  notices: AsyncQueue<Notice>,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const record of store.watch(id, signal)) notices.push({ record });
    // One that has ended before was told of its end, unless that went with the record.
    notices.close(signal.aborted ? undefined : jobNotFound(id));
  } catch (error) {
    notices.close(error);
  }
}

async function* eventsOf(
  notices: AsyncIterable<Notice>,
  afterEvent: number,
): AsyncGenerator<JobEvent> {
  let number = afterEvent;
  let progress: Progress = { depth: 0, render: 0, encode: 0 };
  for await (const notice of notices) {
    if ("heartbeat" in notice) {
      yield { number, time: new Date(), kind: { $case: "heartbeat", value: {} } };
      continue;
    }
    const before = progress;
    const told = "record" in notice ? notice.record.progress : { [notice.stage]: notice.fraction };
    progress = merge(progress, told);
    const moved = STAGES.some((stage) => progress[stage] > before[stage]);
    if (moved) yield { number, time: new Date(), kind: { $case: "progress", value: progress } };
    if (!("record" in notice)) continue;
    const { record } = notice;
    for (const entry of record.history) {
      if (entry.number <= number) continue;
      number = entry.number;
      const hasError = entry.state === "FAILED" || entry.state === "EXPIRED";
      const change = {
        state: toWireState(entry.state),
        reason: entry.reason,
        error: hasError && record.error ? toWireError(record.error) : undefined,
      };
      yield { number, time: new Date(entry.atMs), kind: { $case: "stateChange", value: change } };
    }
    if (isTerminal(record)) return;
  }
}

function merge(known: Progress, told: Partial<Progress>): Progress {
  return {
    depth: Math.max(known.depth, told.depth ?? 0),
    render: Math.max(known.render, told.render ?? 0),
    encode: Math.max(known.encode, told.encode ?? 0),
  };
}
