/** Delays between attempts, and pauses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pause, retryDelayMs } from "./delay.js";

test("retries wait 1, 2, 4 … 60 s, give or take a fifth; a signal ends a pause", async () => {
  assert.deepEqual(
    [0, 1, 5, 6, 40].map((n) => retryDelayMs(n, 1_000, () => 0.5)),
    [1000, 2000, 32_000, 60_000, 60_000],
  );
  assert.equal(
    retryDelayMs(0, 1_000, () => 0),
    800,
  );
  const abort = new AbortController();
  const paused = pause(600_000, abort.signal);
  abort.abort();
  await paused;
});
