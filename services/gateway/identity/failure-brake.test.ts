import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "../../../kit/log.js";
import { FailureBrake } from "./failure-brake.js";

function brakeWith(heldOfOne = 4, held = 64) {
  const lines: string[] = [];
  const to = { write: (line: string) => void lines.push(line) };
  const log = createLog("info", { service: "test", worker: "test" }, { to });
  const limits = { free: 3, windowSeconds: 60, firstDelayMs: 200, longestDelayMs: 500 };
  return { lines, brake: new FailureBrake(log, { ...limits, heldOfOne, held }) };
}

async function msOf(work: Promise<unknown>): Promise<number> {
  const beganAtMs = performance.now();
  await work;
  return performance.now() - beganAtMs;
}

test("the first refusals of an address are free, later ones are held back longer and longer", async () => {
  const { brake, lines } = brakeWith();
  for (let count = 0; count < 3; count++) assert.ok((await msOf(brake.refused("a"))) < 150);
  assert.equal(await brake.isBraked("a"), false);
  for (const atLeastMs of [199, 399, 499, 499]) {
    assert.ok((await msOf(brake.refused("a"))) >= atLeastMs, String(atLeastMs));
  }
  assert.equal(await brake.isBraked("a"), true);
  assert.equal(lines.length, 1);
});

test("other addresses are not held back", async () => {
  const { brake } = brakeWith();
  for (let count = 0; count < 4; count++) await brake.refused("a");
  assert.equal(await brake.isBraked("b"), false);
  assert.ok((await msOf(brake.refused("b"))) < 150);
});

test("few refusals are held at once, so that strangers cannot keep many calls open", async () => {
  const { brake } = brakeWith(2, 3);
  for (let count = 0; count < 3; count++) {
    await brake.refused("a");
    await brake.refused("b");
  }
  const all = ["a", "a", "a", "a", "b", "b", "b"].map((peer) => msOf(brake.refused(peer)));
  const held = (await Promise.all(all)).map((ms) => ms >= 199);
  assert.deepEqual(held, [true, true, false, false, true, false, false]);
  assert.ok((await msOf(brake.refused("a"))) >= 199, "a place is free again");
});
