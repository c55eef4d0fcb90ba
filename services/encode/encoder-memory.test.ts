/** The bound of ffmpeg's memory grows with the frames and the outputs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveOutputs } from "../../core/spec/resolve-outputs.js";
import { encoderMemoryBytes, LEAST_MEMORY_BYTES } from "./encoder-memory.js";
import { ENCODERS } from "./encoders.js";
import { planOutputs } from "./plan.js";

const GIB = 1024 ** 3;
const FULL_HD = { width: 1920, height: 1080 };

function bytesFor(count: number, size = FULL_HD, hardware = false): number {
  const working = ENCODERS.filter((row) => Boolean(row.hardware) === hardware);
  const outputs = resolveOutputs(Array(count).fill({}), { numerator: 30, denominator: 1 });
  const { planned } = planOutputs(outputs, { working, frame: size, softwareOnly: false });
  return encoderMemoryBytes(size, planned, 4);
}

test("a usual video may use a few GiB, the largest frame no more than before", () => {
  assert.ok(bytesFor(1) > 3 * GIB && bytesFor(1) < 5 * GIB, String(bytesFor(1) / GIB));
  const largest = bytesFor(1, { width: 4096, height: 4096 });
  assert.ok(largest > 12 * GIB && largest <= 16 * GIB, String(largest / GIB));
});

test("each output adds its own encoder; hardware reserves more; nothing is below the least", () => {
  assert.ok(bytesFor(3) > 2 * bytesFor(1));
  assert.ok(bytesFor(1, FULL_HD, true) >= 16 * GIB);
  assert.equal(encoderMemoryBytes(FULL_HD, [], 4), LEAST_MEMORY_BYTES);
});
