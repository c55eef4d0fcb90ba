/**
 * A file that arrives in pieces of any size is the same file, and needs no more memory than its
 * bytes.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ReceivedBytes, receiveBytes } from "./receive-bytes.js";

const bytes = (length: number, from: number) => Uint8Array.from({ length }, (_, i) => from + i);

test("pieces of all lengths come together in their order", async () => {
  const lengths = [0, 1, 5000, 3, 0, 4096, 4095, 70_000, 1, 1];
  const pieces = lengths.map((length, index) => bytes(length, index));
  async function* sent() {
    yield* pieces;
  }
  assert.deepEqual(Buffer.from(await receiveBytes(sent(), 1e6)), Buffer.concat(pieces));
});

test("what has come can be looked at while it comes", () => {
  const received = new ReceivedBytes(1e6);
  const pieces = Array.from({ length: 200 }, (_, index) => bytes(index * 7, index));
  for (const [count, piece] of pieces.entries()) {
    received.add(piece);
    assert.deepEqual(Buffer.from(received.joined()), Buffer.concat(pieces.slice(0, count + 1)));
  }
});

test("neither empty pieces nor tiny ones cost many times their bytes", () => {
  const received = new ReceivedBytes(1e9);
  const before = process.memoryUsage();
  for (let i = 0; i < 500_000; i++) received.add(bytes(i % 2, 1));
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const cost = heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers;
  assert.ok(cost < 64 * 1024 * 1024, `${cost} bytes for ${received.sizeBytes}`);
});

test("a piece that is a small part of its message does not keep all of it", () => {
  const received = new ReceivedBytes(1e9);
  const whole = new Uint8Array(8_192);
  received.add(whole);
  whole.fill(1);
  assert.equal(received.joined().at(-1), 1, "a piece that is its message was copied");
  const part = new Uint8Array(32_768).subarray(0, 8_192);
  received.add(part);
  part.fill(1);
  assert.equal(received.joined().at(-1), 0, "a small part of a message was kept");
});
