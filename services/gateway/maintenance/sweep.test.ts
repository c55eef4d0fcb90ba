/** What counts as a reference to a blob, and when work on a job began. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hashesIn } from "../../../kit/blobs/store.js";
import { failedRecord, queuedRecord, takenRecord } from "../../../testing/record/made-records.js";
import { workBegan } from "./sweep.js";

test("every SHA-256 in a text is a reference, in any field, and nothing else is", () => {
  const one = "a".repeat(64);
  const two = "b".repeat(64);
  const three = "0".repeat(64);
  const entry = { specBlob: one, deep: [{ file: `blobs/${two}` }], trace: "c".repeat(32), three };
  assert.deepEqual(hashesIn(JSON.stringify(entry)), [one, two, three]);
  assert.deepEqual(
    hashesIn(`"${"d".repeat(65)}"`),
    [],
    "a longer hexadecimal string is not a hash",
  );
  assert.deepEqual(hashesIn("{}"), []);
});

test("work on a job begins when its first stage is taken, and is over when the job ends", () => {
  const { record } = takenRecord();
  assert.equal(workBegan(record), record.history[1]?.atMs);
  const [first] = record.history;
  assert.ok(first);
  const shortened = { ...record, history: [first], createdAtMs: 5 };
  assert.equal(workBegan(shortened), 5, "without entry 2 it is the time of creation");
  for (const idle of [queuedRecord(), failedRecord("IMAGE_CORRUPT")]) {
    assert.equal(workBegan(idle), Number.POSITIVE_INFINITY);
  }
});
