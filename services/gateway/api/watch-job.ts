/**
 * WatchJob: streams the events of one job until it ends: the state changes of its history after the
 * entry that the client saw last, progress in between, and heartbeats while nothing happens.
 */
import { rangeError } from "../../../core/errors.js";
import { onAbort } from "../../../kit/async/abort.js";
import { UnreadableEntries } from "../../../kit/nats/unreadable.js";
import type { Identity } from "../../../kit/rpc/identity.js";
import { jobNotFound } from "../../../pipeline/record/id.js";
import { progressIn } from "../../../pipeline/record/progress.js";
import { isTerminal, type JobRecord, type Progress } from "../../../pipeline/record/record.js";
import { STAGES } from "../../../pipeline/stages.js";
import { progressSubject } from "../../../pipeline/topology/names.js";
import type { JobEvent } from "../../../proto/gen/depthmesh/v1/job.js";
import type { WatchJobRequest } from "../../../proto/gen/depthmesh/v1/job_service.js";
import { toWireError, toWireProgress, toWireState } from "../../../wire/job.js";
import type { GatewayContext } from "../context.js";
import type { JobOutlook } from "../outlook/job-outlook.js";
import { SmoothEnd } from "../outlook/smooth-end.js";
import { JobUpdates, type Update } from "./job-updates.js";
import { readRecord } from "./jobs.js";
import { SegmentProgress } from "./segment-progress.js";

const HEARTBEAT_MS = 15_000;
/** How often a watcher may be told of another place in the queue, or of another end. */
const OUTLOOK_MS = 2_000;

/**
 * Leaves out state changes up to `afterEvent`. Throws JOB_NOT_FOUND, BUS_UNAVAILABLE, and
 * PARAMETER_OUT_OF_RANGE for a negative number. A number after the last event is taken: another
 * gateway may have told it before this one has read it.
 */
export async function* watchJob(
  context: GatewayContext,
  { name, afterEvent }: WatchJobRequest,
  identity: Identity,
  signal: AbortSignal,
): AsyncGenerator<JobEvent> {
  const { id, tenant } = await readRecord(context, name, identity);
  if (afterEvent < 0) throw rangeError("after_event", afterEvent, { minimum: 0 });
  const stop = new AbortController();
  const updates = new JobUpdates();
  const stopListening = onAbort(signal, () => updates.close());
  const unreadable = new UnreadableEntries(context.log);
  const progress = context.bus.connection.subscribe(progressSubject(tenant, id, "*"), {
    callback: (_error, message) => {
      const reported = progressIn(message.data);
      const isOwn = message.subject.endsWith(`.${reported?.stage}`);
      if (reported && isOwn) updates.progress(reported.stage, reported.fraction);
      else unreadable.skip(message.subject, id, 0, undefined);
    },
  });
  const heartbeat = setInterval(() => updates.heartbeat(), HEARTBEAT_MS);
  const outlook = setInterval(() => updates.outlook(), OUTLOOK_MS);
  const segments = new SegmentProgress(context.bus, (stage, fraction) =>
    updates.progress(stage, fraction),
  );
  void pumpRecords(context, id, { updates, segments }, stop.signal);
  try {
    yield* eventsOf(updates, afterEvent, context.outlook);
  } finally {
    clearInterval(heartbeat);
    clearInterval(outlook);
    progress.unsubscribe();
    stop.abort();
    segments.close();
    stopListening();
  }
}

async function pumpRecords(
  { store }: GatewayContext,
  id: string,
  { updates, segments }: { readonly updates: JobUpdates; readonly segments: SegmentProgress },
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const record of store.watch(id, signal)) {
      if (!signal.aborted) segments.follow(record);
      updates.record(record);
    }
    // The queue is read no further after a terminal record, so here the record was removed before
    // its end was seen, unless the watch was stopped.
    updates.close(signal.aborted ? undefined : jobNotFound(id));
  } catch (error) {
    updates.close(error);
  }
}

async function* eventsOf(
  updates: AsyncIterable<Update>,
  afterEvent: number,
  outlook: Pick<JobOutlook, "of">,
): AsyncGenerator<JobEvent> {
  let number = afterEvent;
  let progress: Progress = { depth: 0, render: 0, encode: 0 };
  let newest: JobRecord | undefined;
  const end = new SmoothEnd();
  const expected = () => (newest ? outlook.of(newest, progress) : {});
  const progressEvent = (): JobEvent => {
    const value = toWireProgress(progress, end.next(expected()));
    return { number, time: new Date(), kind: { $case: "progress", value } };
  };
  for await (const update of updates) {
    if ("heartbeat" in update) {
      yield { number, time: new Date(), kind: { $case: "heartbeat", value: {} } };
      continue;
    }
    if ("outlook" in update) {
      if (end.isNews(expected())) yield progressEvent();
      continue;
    }
    if ("record" in update) newest = update.record;
    const before = progress;
    progress = merge(progress, "record" in update ? update.record.progress : update.progress);
    const moved = STAGES.some((stage) => progress[stage] > before[stage]);
    if (moved) yield progressEvent();
    if (!("record" in update)) continue;
    const { record } = update;
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

/** Progress never goes backwards, although its reports and the record arrive in any order. */
function merge(known: Progress, reported: Partial<Progress>): Progress {
  return {
    depth: Math.max(known.depth, reported.depth ?? 0),
    render: Math.max(known.render, reported.render ?? 0),
    encode: Math.max(known.encode, reported.encode ?? 0),
  };
}
