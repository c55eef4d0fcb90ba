/** A pixel loop that does not end: who waits for it, and who is told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PixelThread } from "./pixel-thread.js";

const task = { rgb: new Uint8Array(3), photo: { width: 1, height: 1 } };
/** Of a task of one pixel, and as much again. */
const BEYOND_BUDGET_MS = 120_000;
const TICK_MS = 10_000;

test("a task beyond its budget loses the thread, and nothing waits for it", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const lost = t.mock.fn<(why: Error) => void>();
  const pixels = new PixelThread(lost);
  const stalled = { reason: "STAGE_STALLED" };
  const waits = [pixels.heuristic(task), pixels.heuristic(task)].map((work) =>
    assert.rejects(work, stalled),
  );
  // No answer can come meanwhile: it would need the event loop.
  for (let ms = 0; ms < BEYOND_BUDGET_MS; ms += TICK_MS) t.mock.timers.tick(TICK_MS);
  await Promise.all(waits);
  assert.equal(lost.mock.callCount(), 1);
  await pixels.stop();
});

test("work within its budget is answered in order", async () => {
  const pixels = new PixelThread(assert.fail);
  const [first, second] = await Promise.all([pixels.heuristic(task), pixels.heuristic(task)]);
  assert.deepEqual([first?.length, second?.length], [1, 1]);
  await pixels.stop();
});
