/** Job records in several states, for tests. */

import { acquire } from "../../pipeline/record/acquire.js";
import { fail } from "../../pipeline/record/endings.js";
import { type JobRecord, newRecord } from "../../pipeline/record/record.js";

export const LEASE_MS = 30_000;

/** A new job whose stages nobody has taken. */
export function queuedRecord(change: Partial<JobRecord> = {}): JobRecord {
  const names = { id: "j", tenant: "t", specBlob: "s", photoBlob: "p", traceId: "" };
  const record = newRecord({ ...names, lane: "normal", lastStage: "encode", nowMs: Date.now() });
  return { ...record, ...change };
}

/** A job whose depth stage a worker has taken now. */
export function takenRecord(): { readonly record: JobRecord; readonly token: string } {
  const record = queuedRecord();
  const orderId = record.stages.depth.order?.id ?? "";
  const order = { job: record.id, stage: "depth", generation: 0, orderId } as const;
  const taker = { worker: "w", leaseMs: LEASE_MS, nowMs: Date.now(), seq: 7 };
  const taken = acquire(record, order, taker);
  if (taken.kind !== "taken") throw new Error(`not taken: ${taken.kind}`);
  return taken;
}

/** A job that its depth stage ended with this error. */
export function failedRecord(reason: string): JobRecord {
  const { record, token } = takenRecord();
  const error = { reason, message: "given up", metadata: {} };
  const failed = fail(record, { stage: "depth", token }, error, Date.now());
  if (!failed) throw new Error("not failed");
  return failed;
}

const POSTER = { name: "poster.png", mediaType: "image/png", sizeBytes: 1, width: 1, height: 1 };

/** A still among the artifacts of a job. */
export const stillOf = (sha256: string) => ({ ...POSTER, sha256, frames: 0 });

/** The cached result of an equal earlier job. */
export const EARLIER_RESULT = {
  ...{ job: "i", outputs: { render: null, encode: null }, notes: [] },
  artifacts: [stillOf("earlier")],
};
