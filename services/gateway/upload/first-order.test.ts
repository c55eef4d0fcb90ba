import assert from "node:assert/strict";
import { test } from "node:test";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { MemoryJobStore } from "../../../testing/record/memory-store.js";
import { acknowledgeRecord, removeUnacknowledged } from "./first-order.js";

test("a refused job is taken back, and an equal call is refused with it", async () => {
  const store = new MemoryJobStore();
  const record = queuedRecord();
  await store.create(record);
  assert.equal(await removeUnacknowledged(store, record.id), true);
  assert.equal(await store.read(record.id), undefined);
  await assert.rejects(acknowledgeRecord(store, record.id), { reason: "QUEUE_FULL" });
});

test("a job that an equal call has answered with is not taken back", async () => {
  const store = new MemoryJobStore();
  const record = queuedRecord();
  await store.create(record);
  assert.equal((await acknowledgeRecord(store, record.id)).id, record.id);
  assert.equal(await removeUnacknowledged(store, record.id), false);
  const standing = await store.read(record.id);
  // Once is enough.
  await acknowledgeRecord(store, record.id);
  assert.deepEqual(await store.read(record.id), standing);
});
