/** The progress of segments is that of their job, by frames, and never goes back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Msg, NatsConnection, Subscription, SubscriptionOptions } from "nats";
import { progressMessage } from "../../../pipeline/record/progress.js";
import { segmentIds } from "../../../pipeline/segments/segment-record.js";
import type { Stage } from "../../../pipeline/stages.js";
import { progressSubject } from "../../../pipeline/topology/names.js";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { SegmentProgress } from "./segment-progress.js";

const division = {
  ...({ id: "a", quality: "fast", traceParent: "", retries: 0 } as const),
  ranges: [
    { firstFrame: 0, frames: 30 },
    { firstFrame: 30, frames: 10 },
  ],
};
const job = queuedRecord({ id: "0".repeat(26), division });

test("what workers report of segments is told of the job until it is closed", () => {
  const listeners = new Map<string, (told: { stage: Stage; fraction: number }) => void>();
  const subscribe = (pattern: string, { callback }: SubscriptionOptions = {}) => {
    listeners.set(pattern, (told) => {
      const data = Buffer.from(progressMessage(told));
      const subject = pattern.replace("*", told.stage);
      callback?.(null, { data, subject } as Pick<Msg, "data" | "subject"> as Msg);
    });
    const unsubscribe = () => void listeners.delete(pattern);
    return { unsubscribe } as Pick<Subscription, "unsubscribe"> as Subscription;
  };
  const told: [Stage, number][] = [];
  const connection = { subscribe } as Pick<NatsConnection, "subscribe"> as NatsConnection;
  const progress = new SegmentProgress({ connection }, (stage, fraction) => {
    told.push([stage, fraction]);
  });
  progress.follow(queuedRecord());
  assert.equal(listeners.size, 0, "a clip that is made whole has no segments");
  progress.follow(job);
  progress.follow(job);
  const [first, second] = segmentIds(job.id, division).map(
    (id) => listeners.get(progressSubject(job.tenant, id, "*")) ?? assert.fail("not followed"),
  );
  second?.({ stage: "encode", fraction: 1 });
  first?.({ stage: "encode", fraction: 0.4 });
  first?.({ stage: "encode", fraction: 0.2 });
  first?.({ stage: "render", fraction: 1 });
  assert.deepEqual(told, [
    ["encode", 0.25],
    ["encode", 0.55],
    ["encode", 0.55],
    ["render", 0.75],
  ]);
  progress.close();
  assert.equal(listeners.size, 0);
});
