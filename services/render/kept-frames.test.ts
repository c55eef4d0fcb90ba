/** The memory for kept frames follows the machine, within bounds, and is shared by all orders. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { keptFrameBytes } from "./kept-frames.js";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

test("a sixteenth of the memory, from 128 MiB to 2 GiB", () => {
  const mib = [1, 2, 4, 16, 24, 64].map((gib) => keptFrameBytes(0, 1, gib * GIB) / MIB);
  assert.deepEqual(mib, [128, 128, 256, 1024, 1536, 2048]);
});

test("a setting decides, and all orders share it", () => {
  assert.equal(keptFrameBytes(300, 1, 64 * GIB), 300 * MIB);
  assert.equal(keptFrameBytes(300, 4, 64 * GIB), 75 * MIB);
  assert.equal(keptFrameBytes(0, 2, 4 * GIB), 128 * MIB);
});
