/** When a new job record may be removed because the queue is full. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { MemoryJobStore } from "../../../testing/record/memory-store.js";
import { acknowledgeRecord, removeUnacknowledged } from "./first-order.js";

test("the record of a refused job is removed, and an identical call is refused too", async () => {
  const store = new MemoryJobStore();
  const record = queuedRecord();
  await store.create(record);
  assert.equal(await removeUnacknowledged(store, record.id), true);
  assert.equal(await store.read(record.id), undefined);
  await assert.rejects(acknowledgeRecord(store, record.id), { reason: "QUEUE_FULL" });
});

test("a job that an identical call has answered with is not removed", async () => {
  const store = new MemoryJobStore();
  const record = queuedRecord();
  await store.create(record);
  assert.equal((await acknowledgeRecord(store, record.id)).id, record.id);
  assert.equal(await removeUnacknowledged(store, record.id), false);
  const acknowledged = await store.read(record.id);
  // A second acknowledgement changes nothing.
  await acknowledgeRecord(store, record.id);
  assert.deepEqual(await store.read(record.id), acknowledged);
});
