/**
 * I420 by the module equals the formulas, rounded once, and the passes of GL within one step; the
 * cheaper way is chosen.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Size } from "../../../core/geometry/size.js";
import { i420Bytes } from "../../../core/geometry/size.js";
import { countObjects, SCENE_OBJECTS } from "../../../drawing/driver.js";
import { seededRandom } from "../../../testing/random.js";
import {
  byteAt,
  openEffectStage,
  type Picture,
  paint,
} from "../../../testing/render/effect-stage.js";
import { i420Formula } from "../../../testing/render/i420-formula.js";
import { I420Module, moduleConverts, SCRATCH_BYTES } from "./i420-module.js";
import { convertAndRead, createI420Targets, linkI420Pass } from "./i420-pass.js";
import { I420Reader } from "./i420-reader.js";

const { context, gl, upload } = await openEffectStage();
const passes = linkI420Pass(context);
const random = seededRandom(17);

/** Noise of all bytes, with many that are 0 or 255, and alpha that must not matter. */
const noise = (size: Size) =>
  paint(size, () => {
    const byte = () => Math.max(0, Math.min(255, Math.floor(384 * random() - 64)));
    return [byte(), byte(), byte(), byte()];
  });

const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
const module = new I420Module(memory);
/** Behind the frame, to see that nothing is written there. */
const GUARD_BYTES = 64;

function byModule(picture: Picture): Uint8Array {
  const bytes = i420Bytes(picture.size);
  const all = new Uint8Array(memory.buffer, SCRATCH_BYTES, bytes + 2 * GUARD_BYTES).fill(0xa5);
  const drawn = upload(picture);
  module.read(gl, drawn, all.subarray(GUARD_BYTES, GUARD_BYTES + bytes));
  drawn.free();
  const around = [...all.subarray(0, GUARD_BYTES), ...all.subarray(GUARD_BYTES + bytes)];
  assert.ok(around.every((byte) => byte === 0xa5));
  return all.slice(GUARD_BYTES, GUARD_BYTES + bytes);
}

function byPasses(picture: Picture): Uint8Array {
  const into = new Uint8Array(i420Bytes(picture.size));
  const drawn = upload(picture);
  const targets = createI420Targets(gl, picture.size);
  convertAndRead(gl, passes, drawn.texture, targets, into);
  targets.free();
  drawn.free();
  return into;
}

/** The largest distance between two conversions. */
const farthest = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  assert.equal(a.length, b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] ?? 0) - (b[i] ?? 999)));
  return most;
};

/** GL's rows are counted from the bottom. */
const formula = (picture: Picture) =>
  i420Formula(picture.size, (x, y, c) => byteAt(picture, x, picture.size.height - 1 - y, c));

// The last heights are more rows than one band has.
const SIZES = [
  ...Array.from({ length: 25 }, (_, i) => ({ width: 16 + 2 * i, height: 2 + 2 * (i % 4) })),
  { width: 1920, height: 74 },
  { width: 4096, height: 38 },
  { width: 16, height: 8192 },
];

test("the module rounds the formulas, at every width", () => {
  for (const size of SIZES) {
    const picture = noise(size);
    const distance = farthest(byModule(picture), formula(picture));
    // Half a step by rounding, and the weights are exact to a hundredth.
    assert.ok(distance < 0.51, `${size.width}×${size.height}: ${distance}`);
  }
});

test("the module differs from the passes by at most one step", () => {
  for (const size of SIZES) {
    const picture = noise(size);
    const distance = farthest(byModule(picture), byPasses(picture));
    assert.ok(distance <= 1, `${size.width}×${size.height}: ${distance}`);
  }
});

test("black, white and greys are exact", () => {
  for (let level = 0; level < 256; level++) {
    const planes = byModule(paint({ width: 16, height: 2 }, () => [level, level, level, 9]));
    const y = Math.round(16 + (219 * level) / 255);
    assert.deepEqual(new Set(planes.subarray(0, 32)), new Set([y]));
    assert.deepEqual(new Set(planes.subarray(32)), new Set([128]));
  }
});

test("pictures too narrow for the module are left to the passes", () => {
  assert.deepEqual(
    [2, 14, 16, 18, 16_384, 32_768].map((width) => moduleConverts({ width, height: 2 })),
    [false, false, true, true, true, true],
  );
});

test("the cheaper way is chosen, and what was measured leaves no GL objects", () => {
  const alive = countObjects(gl, SCENE_OBJECTS);
  const reader = new I420Reader(gl, passes);
  const { way, passesMs, moduleMs } = reader.choose();
  assert.ok(passesMs > 0 && moduleMs > 0);
  assert.equal(way, moduleMs < passesMs ? "module" : "passes");
  const targets = reader.targetsFor({ width: 64, height: 36 });
  assert.equal(targets === undefined, way === "module");
  targets?.free();
  const narrow = reader.targetsFor({ width: 14, height: 36 });
  assert.ok(narrow);
  narrow.free();
  assert.ok(Object.values(alive()).every((count) => count === 0));
});
