/** How long the records of ended jobs are kept, by their final state, and until they are told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { queuedRecord } from "../../../testing/record/made-records.js";
import type { EndedJob } from "../catalogue/queries.js";
import { HOUR_MS, removeExpiredRecords } from "./retention.js";

const HOURS = { keepSucceededHours: 3, keepFailedHours: 5, keepCancelledHours: 0 };

test("each end has its time; a record whose events are missing, or that has not ended, stays", async () => {
  const asked: { states: readonly string[]; hours: number }[] = [];
  const removed: string[] = [];
  const nowMs = Date.now();
  const queued = queuedRecord({ id: "a" });
  const over = { ...queued, state: "SUCCEEDED" as const };
  await removeExpiredRecords({
    store: {
      read: async (id) => ({ record: id === "told-FAILED" ? queued : over, revision: 7 }),
      remove: async (id, revision) => revision === 7 && removed.push(id) > 0,
    },
    log: pino({ level: "silent" }),
    hours: HOURS,
    hasAllEvents: async ({ id }) => !id.startsWith("untold"),
    expired: async ({ states, beforeMs }) => {
      asked.push({ states, hours: Math.round(Math.abs(nowMs - beforeMs) / HOUR_MS) });
      return states.map((state) => ended(`told-${state}`, state)).concat(ended("untold", "FAILED"));
    },
  });
  assert.deepEqual(asked, [
    { states: ["SUCCEEDED"], hours: 3 },
    { states: ["FAILED"], hours: 5 },
    { states: ["CANCELLED", "EXPIRED"], hours: 0 },
  ]);
  assert.deepEqual(removed, ["told-SUCCEEDED", "told-CANCELLED", "told-EXPIRED"]);
});

function ended(id: string, state: EndedJob["state"]): EndedJob {
  return { id, tenant: "t", state, endedAtMs: 0, lastEntry: 2 };
}
