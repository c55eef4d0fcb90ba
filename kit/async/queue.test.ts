/** The queue between callbacks and a loop. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pause } from "./delay.js";
import { AsyncQueue } from "./queue.js";

test("a queue gives what was pushed, then its error", async () => {
  const queue = new AsyncQueue<number>();
  queue.push(1);
  const seen: number[] = [];
  const loop = (async () => {
    for await (const value of queue) seen.push(value);
  })();
  await pause(0);
  queue.push(2);
  queue.push(3);
  queue.close(new Error("over"));
  await assert.rejects(loop, /over/);
  assert.deepEqual(seen, [1, 2, 3]);
});
