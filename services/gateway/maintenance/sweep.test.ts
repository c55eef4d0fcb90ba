/** What counts as naming a blob, and whose blobs are not named yet. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hashesIn } from "../../../kit/blobs/store.js";
import { failedRecord, queuedRecord, takenRecord } from "../../../testing/record/made-records.js";
import { workBegan } from "./sweep.js";

test("every hash is found, whatever field it is in, and nothing else", () => {
  const one = "a".repeat(64);
  const two = "b".repeat(64);
  const three = "0".repeat(64);
  const entry = { specBlob: one, deep: [{ file: `blobs/${two}` }], trace: "c".repeat(32), three };
  assert.deepEqual(hashesIn(JSON.stringify(entry)), [one, two, three]);
  assert.deepEqual(hashesIn(`"${"d".repeat(65)}"`), [], "longer is none");
  assert.deepEqual(hashesIn("{}"), []);
});

test("work on a job begins when its first stage is taken, and ends with it", () => {
  const { record } = takenRecord();
  assert.equal(workBegan(record), record.history[1]?.atMs);
  const [first] = record.history;
  assert.ok(first);
  const shortened = { ...record, history: [first], createdAtMs: 5 };
  assert.equal(workBegan(shortened), 5, "its entry was dropped");
  for (const idle of [queuedRecord(), failedRecord("IMAGE_CORRUPT")]) {
    assert.equal(workBegan(idle), Number.POSITIVE_INFINITY);
  }
});
