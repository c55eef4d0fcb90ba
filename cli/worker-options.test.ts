import assert from "node:assert/strict";
import { test } from "node:test";
import { stageList, workerCounts, workerSettings } from "./worker-options.js";

test("the stages choose, and the numbers say how many of each", () => {
  const numbers = { depth: 1, render: 3, encode: 2 };
  assert.deepEqual(workerCounts(numbers), numbers);
  const stages = stageList("render, encode");
  assert.deepEqual(workerCounts({ ...numbers, stages }), { depth: 0, render: 3, encode: 2 });
  assert.throws(() => stageList("render,draw"), /"draw" in --stages is no stage/);
  assert.deepEqual(workerSettings(numbers), {});
  assert.deepEqual(workerSettings({ ...numbers, slots: 2 }), { DEPTHMESH_SLOTS: "2" });
});
