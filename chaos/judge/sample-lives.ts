/** Records of jobs that follow the rules; tests break them in one place. */

import { acquire } from "../../pipeline/record/acquire.js";
import { cancel } from "../../pipeline/record/endings.js";
import { type JobRecord, newRecord } from "../../pipeline/record/record.js";
import { commit } from "../../pipeline/record/transitions.js";
import type { Revision } from "./evidence.js";

/** A job for a depth map: queued, taken, done. */
export function wholeLife(): JobRecord[] {
  const queued = newRecord({
    ...{ id: "job", tenant: "default", lane: "normal", lastStage: "depth", traceId: "" },
    ...{ specBlob: "a", photoBlob: "b", nowMs: 1_000, deadlineAtMs: null },
  });
  const order = { job: "job", stage: "depth", generation: 0, orderId: orderId(queued) } as const;
  const taker = { worker: "depth-1", leaseMs: 2_000, nowMs: 1_100, seq: 1 };
  const taken = acquire(queued, order, taker);
  if (taken.kind !== "taken") throw new Error("the stage is free");
  const artifact = { name: "depth.png", mediaType: "image/png", sizeBytes: 1, sha256: "c" };
  const artifacts = [{ ...artifact, width: 1, height: 1, frames: 0 }];
  const done = commit(taken.record, "depth", taken.token, { output: null, artifacts }, 1_200);
  if (!done) throw new Error("the lease holds");
  return [queued, taken.record, done];
}

/** A job that was cancelled while it was queued. */
export function cancelledLife(): JobRecord[] {
  const [queued] = wholeLife();
  const cancelled = queued && cancel(queued, 1_050);
  return queued && cancelled ? [queued, cancelled] : [];
}

/** The revisions as an observer sees them that misses none. */
export function asRevisions(records: readonly JobRecord[]): Revision[] {
  return records.map((record, i) => ({ sequence: i + 1, isGapless: true, record }));
}

function orderId({ stages }: JobRecord): string {
  return stages.depth.order?.id ?? "";
}
