/** The pixel thread answers in order, and a task that never ends makes it lost. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PixelThread } from "./pixel-thread.js";

const task = { rgb: new Uint8Array(3), photo: { width: 1, height: 1 } };
/** Twice the time limit of a task of one pixel. */
const BEYOND_BUDGET_MS = 120_000;
const TICK_MS = 10_000;

test("a task beyond its time limit makes the thread lost, and all tasks are rejected", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const lost = t.mock.fn<(why: Error) => void>();
  const pixels = new PixelThread(lost);
  const stalled = { reason: "STAGE_STALLED" };
  const waits = [pixels.heuristic(task), pixels.heuristic(task)].map((work) =>
    assert.rejects(work, stalled),
  );
  // No answer can arrive during the loop: that would need the event loop.
  for (let ms = 0; ms < BEYOND_BUDGET_MS; ms += TICK_MS) t.mock.timers.tick(TICK_MS);
  await Promise.all(waits);
  assert.equal(lost.mock.callCount(), 1);
  await pixels.stop();
});

test("tasks within their time limit are answered in order", async () => {
  const pixels = new PixelThread(assert.fail);
  const [first, second] = await Promise.all([pixels.heuristic(task), pixels.heuristic(task)]);
  assert.deepEqual([first?.values.length, second?.values.length], [1, 1]);
  await pixels.stop();
});
