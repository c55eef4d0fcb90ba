/** A watch keeps the newest of each kind for a client that does not read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cancel } from "../../../pipeline/record/endings.js";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { JobUpdates, type Update } from "./job-updates.js";

async function all(updates: JobUpdates): Promise<Update[]> {
  const told: Update[] = [];
  for await (const update of updates) told.push(update);
  return told;
}

test("a thousand reports that nobody reads become one of each kind", async () => {
  const updates = new JobUpdates();
  const record = queuedRecord();
  for (let i = 0; i < 1_000; i++) {
    updates.record({ ...record, generation: i });
    updates.progress("render", i / 1_000);
    updates.progress("depth", 1 - i / 1_000);
    updates.heartbeat();
  }
  updates.close();
  assert.deepEqual(await all(updates), [
    { progress: { render: 0.999, depth: 1 } },
    { record: { ...record, generation: 999 } },
    { heartbeat: true },
  ]);
});

test("a record that has ended is not replaced, and an error comes last", async () => {
  const updates = new JobUpdates();
  const record = queuedRecord();
  const ended = cancel(record, 5) ?? assert.fail();
  updates.record(ended);
  updates.record(record);
  updates.close(new Error("gone"));
  const told = updates[Symbol.asyncIterator]();
  assert.deepEqual((await told.next()).value, { record: ended });
  await assert.rejects(told.next(), /gone/);
});

test("a reader that waits gets what comes", async () => {
  const updates = new JobUpdates();
  const first = updates[Symbol.asyncIterator]().next();
  updates.progress("encode", 0.5);
  assert.deepEqual((await first).value, { progress: { encode: 0.5 } });
});
