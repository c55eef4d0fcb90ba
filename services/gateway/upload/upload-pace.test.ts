/** An upload that sends a byte now and then is ended; one that the server keeps waiting is not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pause } from "../../../kit/async/delay.js";
import { atPace } from "./upload-pace.js";

async function* drip(sizes: readonly number[], everyMs: number) {
  for (const size of sizes) {
    await pause(everyMs);
    yield size;
  }
}
const read = async (messages: AsyncIterable<number>, afterEach = async () => {}) => {
  const sizes: number[] = [];
  for await (const size of messages) {
    sizes.push(size);
    await afterEach();
  }
  return sizes;
};
const sizeOf = (size: number) => size;

test("a byte now and then is too slow, although no single pause is long", async () => {
  const pace = { windowMs: 100, minBytes: 50 };
  const slow = read(atPace(drip(Array(1_000).fill(1), 10), pace, sizeOf));
  await assert.rejects(slow, (error) => {
    const { reason, metadata } = error as { reason: string; metadata: Record<string, string> };
    assert.deepEqual([reason, metadata.limit_minimum_bytes], ["UPLOAD_EXPIRED", "50"]);
    assert.ok(Number(metadata.actual_bytes) < 50);
    return true;
  });
});

test("an upload at the minimum rate, and a short one, go on", async () => {
  const sizes = Array(20).fill(50);
  const pace = { windowMs: 1_000, minBytes: 50 };
  assert.deepEqual(await read(atPace(drip(sizes, 1), pace, sizeOf)), sizes);
  assert.deepEqual(await read(atPace(drip([1, 1], 1), pace, sizeOf)), [1, 1]);
});

test("time in which the server does not read does not count", async () => {
  const pace = { windowMs: 100, minBytes: 50 };
  const sizes = [10, 10, 10];
  const slowReader = () => pause(60);
  assert.deepEqual(await read(atPace(drip(sizes, 1), pace, sizeOf), slowReader), sizes);
});

test("without a minimum, everything is allowed", async () => {
  const pace = { windowMs: 1, minBytes: 0 };
  assert.deepEqual(await read(atPace(drip([1, 1], 20), pace, sizeOf)), [1, 1]);
});
