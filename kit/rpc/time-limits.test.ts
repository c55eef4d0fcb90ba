/** Who sends nothing, or only drips, has no place for ever; who is slow has. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { inTime, type TimeLimits } from "./time-limits.js";

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

test("every message comes, and the end", async () => {
  const limits = { idleMs: 10_000, totalMs: Number.POSITIVE_INFINITY };
  assert.deepEqual(await received(sent(3, 1), limits), [0, 1, 2]);
});

test("a caller who sends nothing expires", async () => {
  async function* stalling() {
    yield 1;
    await new Promise(() => {});
  }
  const limits = { idleMs: 20, totalMs: 60_000 };
  await assert.rejects(received(stalling(), limits), expired(20));
});

test("a caller who drips expires too", async () => {
  const limits = { idleMs: 60_000, totalMs: 100 };
  await assert.rejects(received(sent(10_000, 5), limits), expired(100));
});

test("what a caller does with a message does not count as silence", async () => {
  const messages = inTime(sent(2, 1), { idleMs: 40, totalMs: 60_000 });
  await messages.next();
  await pause(80);
  assert.deepEqual(await messages.next(), { value: 1, done: false });
});
