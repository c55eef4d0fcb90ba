/** Which stored records are read, and that all others have one reason. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { packagePath } from "../../kit/process/package-path.js";
import { failedRecord, queuedRecord, takenRecord } from "../../testing/record/made-records.js";
import { progressIn } from "./progress.js";
import type { JobRecord } from "./record.js";
import { parseRecord } from "./stored-record.js";

const STORED: Readonly<Record<string, JobRecord>> = JSON.parse(
  readFileSync(packagePath("testing", "record", "stored-records.json"), "utf8"),
);
const bytesOf = (stored: unknown) => Buffer.from(JSON.stringify(stored));

test("records of every state and of earlier versions are read as they are, with unknown fields", () => {
  const records = [queuedRecord(), takenRecord().record, failedRecord("POISONED")];
  for (const record of [...records, ...Object.values(STORED)]) {
    const later = { ...record, fieldOfLater: { a: 1 } };
    assert.deepEqual(parseRecord(bytesOf(later), record.id), later);
  }
});

test("what is no record of this job is unreadable, whatever is wrong with it", () => {
  const record = queuedRecord();
  const { stages } = record;
  const wrong: readonly [string, Uint8Array][] = [
    ["nothing", Buffer.of()],
    ["half", bytesOf(record).subarray(0, 100)],
    ["no JSON", Buffer.from("{")],
    ["no UTF-8", Buffer.of(0xff, 0xfe)],
    ...[null, 7, "text", [], {}, { stages: null }, { stages: {} }].map(
      (value): [string, Uint8Array] => [JSON.stringify(value), bytesOf(value)],
    ),
    ["a later version", bytesOf({ ...record, version: 2 })],
    ["an unknown state", bytesOf({ ...record, state: "LAYERS" })],
    ["another job's", bytesOf({ ...record, id: "other" })],
    ["no history", bytesOf({ ...record, history: [] })],
    ["a stage that is a number", bytesOf({ ...record, stages: { ...stages, depth: 7 } })],
    ["a lease that is text", bytesOf({ ...record, stages: { ...stages, depth: { lease: "x" } } })],
    ["a time that is text", bytesOf({ ...record, createdAtMs: "now" })],
  ];
  for (const [what, bytes] of wrong) {
    assert.throws(() => parseRecord(bytes, "j"), { reason: "JOB_RECORD_UNREADABLE" }, what);
  }
});

test("a progress message is read only with a stage and a fraction from 0 to 1", () => {
  const of = (text: string) => progressIn(Buffer.from(text));
  assert.deepEqual(of('{"stage":"depth","fraction":0.5}'), { stage: "depth", fraction: 0.5 });
  const wrong = ["", "{", "null", "[]", '{"stage":"x","fraction":0}', '{"stage":"depth"}'];
  for (const text of [
    ...wrong,
    '{"stage":"depth","fraction":7}',
    '{"stage":"depth","fraction":null}',
  ]) {
    assert.equal(of(text), undefined, text);
  }
});
