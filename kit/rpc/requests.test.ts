/**
 * Time limits of a stream of requests: a caller that sends too little expires, a slow handler does
 * not matter.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { inTime, type TimeLimits } from "./requests.js";

async function* sent(count: number, everyMs: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) {
    await pause(everyMs);
    yield i;
  }
}

async function received(messages: AsyncIterable<number>, limits: TimeLimits): Promise<number[]> {
  const taken: number[] = [];
  for await (const message of inTime(messages, limits)) taken.push(message);
  return taken;
}

const expired = (limitMs: number) => ({
  reason: "UPLOAD_EXPIRED",
  metadata: { limit_milliseconds: String(limitMs) },
});

test("messages in time arrive, and so does the end", async () => {
  const limits = { idleMs: 10_000, totalMs: Number.POSITIVE_INFINITY };
  assert.deepEqual(await received(sent(3, 1), limits), [0, 1, 2]);
});

test("a caller that sends nothing expires", async () => {
  async function* stalling() {
    yield 1;
    await new Promise(() => {});
  }
  const limits = { idleMs: 20, totalMs: 60_000 };
  await assert.rejects(received(stalling(), limits), expired(20));
});

test("a caller that sends a little at a time expires too", async () => {
  const limits = { idleMs: 60_000, totalMs: 100 };
  await assert.rejects(received(sent(10_000, 5), limits), expired(100));
});

test("the time that a handler takes for a message does not count", async () => {
  const messages = inTime(sent(2, 1), { idleMs: 40, totalMs: 60_000 });
  await messages.next();
  await pause(80);
  assert.deepEqual(await messages.next(), { value: 1, done: false });
});
