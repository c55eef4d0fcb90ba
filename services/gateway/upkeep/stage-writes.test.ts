/** Blobs of a stage under way, and of one that lost its lease. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { takenRecord } from "./made-records.js";
import { StageWrites } from "./stage-writes.js";

test("a blob counts while its writer holds the lease, and is forgotten after", () => {
  const { record, token } = takenRecord();
  const writes = new StageWrites();
  writes.note("mine", { job: "j", token });
  writes.note("another's", { job: "j", token: "lost" });
  writes.note("of no job", { job: "x", token });
  const find = (job: string) => (job === "j" ? record : undefined);
  assert.deepEqual([...writes.underWay(find)], ["mine"]);
  assert.deepEqual([...writes.underWay(() => undefined)], []);
  assert.deepEqual([...writes.underWay(find)], []);
});
