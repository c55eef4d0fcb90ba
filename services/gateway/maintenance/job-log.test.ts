/** The log has one line for the acceptance and one for the end of each job. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { failedRecord, queuedRecord, takenRecord } from "../../../testing/record/made-records.js";
import { JobLog } from "./job-log.js";

function logged(
  sinceMs: number,
  records: readonly ReturnType<typeof queuedRecord>[],
  maxEnded?: number,
): unknown[] {
  const lines: unknown[] = [];
  const info = (facts: object, message: string) => void lines.push([message, facts]);
  const jobLog = new JobLog({ info }, sinceMs, maxEnded);
  for (const record of records) jobLog.onRecord(record);
  return lines.map((line) => JSON.parse(JSON.stringify(line)));
}

test("a job has a line when it is accepted and one when it ends, however often it is delivered", () => {
  const failed = failedRecord("IMAGE_CORRUPT");
  const lines = logged(0, [queuedRecord(), takenRecord().record, failed, failed, queuedRecord()]);
  assert.equal(lines.length, 2);
  assert.deepEqual(lines[0], ["job accepted", { job: "j" }]);
  const [message, facts] = lines[1] as [string, Record<string, unknown>];
  assert.equal(message, "job ended");
  assert.equal(facts.state, "FAILED");
  assert.equal(facts.reason, "IMAGE_CORRUPT");
  assert.equal(typeof facts.seconds, "number");
});

test("jobs that ended before the gateway started are not logged again", () => {
  assert.deepEqual(logged(Date.now() + 1000, [failedRecord("POISONED"), queuedRecord()]), []);
});

test("what is forgotten of many ended jobs is not logged a second time", () => {
  const ended = (id: string, atMs: number) => ({
    ...failedRecord("POISONED"),
    ...{ id, history: [{ number: 1, atMs, state: "FAILED" as const, reason: "" }] },
  });
  const all = [1, 2, 3, 4].map((atMs) => ended(`j${atMs}`, atMs));
  assert.equal(logged(0, [...all, ...all, ended("j5", 5)], 2).length, 5);
});
