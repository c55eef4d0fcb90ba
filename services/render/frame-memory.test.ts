/**
 * Slots do not overlap, their memory is used again, and a large one is given up when it is empty.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../testing/random.js";
import { FrameMemory } from "./frame-memory.js";
import { SCRATCH_BYTES } from "./gl/i420-module.js";

const MIB = 1024 * 1024;
const QUIET = { begin: () => {}, giveUp: () => {} };

test("slots of random sizes never overlap, and never reach into the scratch area", () => {
  const memory = new FrameMemory(QUIET);
  const random = seededRandom(5);
  const taken = new Set<Uint8Array>();
  let peakBytes = 0;
  let bytes = 0;
  for (let step = 0; step < 3000; step++) {
    const [oldest] = taken;
    if (oldest && (taken.size > 40 || random() < 0.45)) {
      const slots = [...taken];
      const slot = slots[Math.floor(random() * slots.length)] ?? oldest;
      assert.ok(slot.every((byte) => byte === (slot.byteOffset / 64) % 251));
      taken.delete(slot);
      bytes -= slot.length;
      memory.giveBack(slot);
    } else {
      const slot = memory.take(1 + Math.floor(3000 * random()));
      assert.ok(slot.byteOffset >= SCRATCH_BYTES);
      taken.add(slot.fill((slot.byteOffset / 64) % 251));
      bytes += slot.length;
      peakBytes = Math.max(peakBytes, bytes);
    }
  }
  for (const slot of taken) memory.giveBack(slot);
  assert.ok(memory.heldBytes < SCRATCH_BYTES + 2 * peakBytes + 64 * 1024);
});

test("memory that is given back is used again: it grows to what is needed at once", () => {
  const memory = new FrameMemory(QUIET);
  for (let round = 0; round < 50; round++) {
    const slots = [MIB, 2 * MIB, MIB].map((bytes) => memory.take(bytes));
    for (const slot of slots) memory.giveBack(slot);
  }
  assert.equal(memory.heldBytes, SCRATCH_BYTES + 4 * MIB);
});

test("a frame stays readable while the memory grows", () => {
  const memory = new FrameMemory(QUIET);
  const slot = memory.take(1000).fill(7);
  const large = memory.take(40 * MIB).fill(1);
  assert.ok(slot.every((byte) => byte === 7));
  assert.ok(large.byteOffset >= slot.byteOffset + slot.length);
});

test("more than a WebAssembly memory can have is refused, and what is there stays", () => {
  const memory = new FrameMemory(QUIET);
  const slot = memory.take(MIB).fill(3);
  assert.throws(() => memory.take(4096 * MIB), {
    reason: "OUT_OF_MEMORY",
    message: /4096 at most/,
  });
  assert.ok(slot.every((byte) => byte === 3));
  memory.giveBack(memory.take(MIB));
  assert.equal(memory.heldBytes, SCRATCH_BYTES + 2 * MIB);
});

test("a large memory is given up when nothing is in it, a small one is not", () => {
  const begun: WebAssembly.Memory[] = [];
  const givenUp: number[] = [];
  const memory = new FrameMemory({
    begin: (begins) => begun.push(begins),
    giveUp: (buffers) => givenUp.push(buffers.length),
  });
  const small = memory.take(MIB);
  memory.giveBack(small);
  assert.deepEqual([begun.length, givenUp], [1, []]);
  const [held, large] = [memory.take(MIB), memory.take(70 * MIB)];
  memory.giveBack(large);
  assert.deepEqual([begun.length, givenUp], [1, []]);
  memory.giveBack(held);
  // As it began, and after it had grown twice.
  assert.deepEqual([givenUp, memory.heldBytes], [[3], 0]);
  const next = memory.take(MIB);
  assert.equal(new Set(begun).size, 2);
  assert.equal(memory.heldBytes, SCRATCH_BYTES + MIB);
  memory.giveBack(next);
});
