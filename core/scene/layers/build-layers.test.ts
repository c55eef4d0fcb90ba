import assert from "node:assert/strict";
import { test } from "node:test";
import { type BuiltLayers, buildLayers } from "./build-layers.js";
import { BackKind } from "./hidden.js";
import type { LayerReach } from "./reach.js";
import { CUT_BELOW, CUT_RIGHT } from "./rims.js";

const SIZE = { width: 64, height: 48 };
const REACH: LayerReach = { cutDisparity: 0.02, texelsPerDisparity: 20, inverted: false };

function mapOf(disparityAt: (x: number, y: number) => number): Uint16Array {
  return Uint16Array.from({ length: SIZE.width * SIZE.height }, (_, i) =>
    Math.round(65535 * disparityAt(i % SIZE.width, Math.floor(i / SIZE.width))),
  );
}

/** A square of 20 × 20 texels at 0.7 before a plane at 0.2. */
const isInside = (x: number, y: number) => x >= 20 && x < 40 && y >= 14 && y < 34;
const SQUARE = mapOf((x, y) => (isInside(x, y) ? 0.7 : 0.2));

/** Blocks, slopes, thin things and noise: nothing that a map may not hold. */
function wildMap(seed: number): Uint16Array {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const things = Array.from({ length: 12 }, () => ({
    x: 64 * random(),
    y: 48 * random(),
    width: 1 + 20 * random() ** 2,
    height: 1 + 30 * random() ** 2,
    disparity: random(),
    slope: 0.02 * (random() - 0.5),
  }));
  return mapOf((x, y) => {
    let nearest = 0.002 * y + 0.01 * random();
    for (const { x: left, y: top, width, height, disparity, slope } of things) {
      const isHere = x >= left && x < left + width && y >= top && y < top + height;
      if (isHere) nearest = Math.max(nearest, disparity + slope * (x - left));
    }
    return Math.min(1, Math.max(0, nearest));
  });
}

const WILD = Array.from({ length: 20 }, (_, seed) => wildMap(seed + 1));

function forEachCut(layers: BuiltLayers, see: (a: number, b: number) => void): void {
  layers.cuts.forEach((cut, texel) => {
    if (cut & CUT_RIGHT) see(texel, texel + 1);
    if (cut & CUT_BELOW) see(texel, texel + SIZE.width);
  });
}

test("a faint line of steps is not cut; one that becomes clear is cut along its whole length", () => {
  const faint = mapOf((x) => (x < 32 ? 0.54 : 0.5));
  assert.ok(buildLayers(faint, SIZE, REACH).cuts.every((cut) => cut === 0));
  const clearer = mapOf((x, y) => (x < 32 ? 0.54 + 0.001 * y : 0.5));
  let cuts = 0;
  forEachCut(buildLayers(clearer, SIZE, REACH), () => cuts++);
  assert.ok(cuts >= SIZE.height, `${cuts} cuts`);
});

test("a flat map and a slope have one sheet", () => {
  for (const map of [mapOf(() => 0.4), mapOf((x) => x / 64), mapOf((_, y) => 1 - y / 48)]) {
    const layers = buildLayers(map, SIZE, REACH);
    assert.deepEqual(layers.front, map);
    assert.ok(layers.cuts.every((cut) => cut === 0));
    assert.ok(layers.hidden.every((kind) => kind === 0));
    assert.ok(layers.coverage.every((covered) => covered === 255));
  }
});

test("a square is grown by four texels, and cut there", () => {
  const layers = buildLayers(SQUARE, SIZE, REACH);
  const row = 24 * SIZE.width;
  const nearest = Math.round(0.7 * 65535);
  for (let x = 16; x < 44; x++) assert.equal(layers.front[row + x], nearest, `x = ${x}`);
  for (const x of [15, 44]) assert.equal(layers.front[row + x], Math.round(0.2 * 65535));
  const cutsOfRow = Array.from({ length: SIZE.width }, (_, x) => x).filter(
    (x) => (layers.cuts[row + x] ?? 0) & CUT_RIGHT,
  );
  assert.deepEqual(cutsOfRow, [15, 43]);
  // Each side of the square has one cut per row or column, and its rounded corners add a few.
  let cuts = 0;
  forEachCut(layers, () => cuts++);
  assert.equal(cuts, 4 * 28);
});

test("the front sheet covers the square and fades out on what was grown", () => {
  const { coverage } = buildLayers(SQUARE, SIZE, REACH);
  const row = 24 * SIZE.width;
  const around = Array.from(coverage.subarray(row + 13, row + 25));
  // 254 where the map says opaque and the photo's colors may say otherwise.
  assert.deepEqual(around, [255, 0, 0, 0, 0, 0, 64, 192, 254, 254, 254, 255]);
  assert.equal(coverage[row + 30], 255);
});

test("the back sheet lies under the square as far as the camera uncovers", () => {
  const layers = buildLayers(SQUARE, SIZE, { ...REACH, texelsPerDisparity: 8 });
  const row = 24 * SIZE.width;
  const kinds = Array.from(layers.hidden.subarray(row + 12, row + 32));
  // (0.7 − 0.2) · 8 = 4 texels and a margin of 4: up to 8 texels from the rim at x = 19.
  const { NONE, HIDDEN, KNOWN, RING } = BackKind;
  assert.deepEqual(kinds, [
    ...[NONE, RING, RING, RING],
    ...Array(4).fill(KNOWN),
    ...Array(8).fill(HIDDEN),
    ...Array(4).fill(NONE),
  ]);
  layers.hidden.forEach((kind, texel) => {
    if (kind !== NONE) assert.equal(layers.back[texel], Math.round(0.2 * 65535));
  });
});

test("no camera of the path sees past the end of the back sheet", () => {
  const all = buildLayers(SQUARE, SIZE, { ...REACH, texelsPerDisparity: 1000 });
  for (let y = 0; y < SIZE.height; y++) {
    for (let x = 0; x < SIZE.width; x++) {
      if (isInside(x, y)) assert.equal(all.hidden[y * SIZE.width + x], BackKind.HIDDEN);
    }
  }
});

test("wherever the front sheet is cut, the back sheet is on both sides", () => {
  for (const map of WILD) {
    const layers = buildLayers(map, SIZE, REACH);
    forEachCut(layers, (a, b) => {
      assert.ok(layers.hidden[a] !== 0 && layers.hidden[b] !== 0, `${a} ${b}`);
    });
  }
});

test("the back sheet is never above the front sheet", () => {
  for (const map of WILD) {
    const { front, back, hidden } = buildLayers(map, SIZE, REACH);
    hidden.forEach((kind, texel) => {
      if (kind !== 0) assert.ok((back[texel] ?? 0) <= (front[texel] ?? 0), `texel ${texel}`);
    });
  }
});

test("the front sheet is opaque where there is no back sheet", () => {
  for (const map of WILD) {
    const { coverage, hidden } = buildLayers(map, SIZE, REACH);
    hidden.forEach((kind, texel) => {
      if (kind === 0) assert.equal(coverage[texel], 255);
    });
  }
});

test("things one texel wide keep their place and get a back sheet", () => {
  const pole = mapOf((x) => (x === 30 ? 0.9 : 0.1));
  const { front, back, hidden, coverage } = buildLayers(pole, SIZE, REACH);
  const row = 24 * SIZE.width;
  for (let x = 26; x <= 34; x++) {
    assert.equal(front[row + x], Math.round(0.9 * 65535));
    assert.equal(back[row + x], Math.round(0.1 * 65535));
    assert.notEqual(hidden[row + x], 0);
  }
  assert.deepEqual(Array.from(coverage.subarray(row + 28, row + 33)), [0, 64, 128, 64, 0]);
});

test("a camera that exchanges near and far gets the same sheets of the exchanged map", () => {
  for (const map of WILD.slice(0, 5)) {
    const flip = (values: Uint16Array) => values.map((value) => 65535 - value);
    const plain = buildLayers(map, SIZE, REACH);
    const inverted = buildLayers(flip(map), SIZE, { ...REACH, inverted: true });
    assert.deepEqual(inverted.front, flip(plain.front));
    assert.deepEqual(inverted.cuts, plain.cuts);
    assert.deepEqual(inverted.coverage, plain.coverage);
    assert.deepEqual(inverted.hidden, plain.hidden);
    plain.hidden.forEach((kind, texel) => {
      if (kind !== 0) assert.equal(inverted.back[texel], 65535 - (plain.back[texel] ?? 0));
    });
  }
});

test("the same map gives the same sheets", () => {
  for (const map of WILD.slice(0, 3)) {
    assert.deepEqual(buildLayers(map, SIZE, REACH), buildLayers(map.slice(), SIZE, REACH));
  }
});

test("a thing before a thing: at the inner cut the back sheet is the visible far side", () => {
  // A post at 0.9 before a board at 0.6 before a plane at 0.1; the camera looks far under both.
  const map = mapOf((x) => (x >= 28 && x < 34 ? 0.9 : x >= 14 && x < 50 ? 0.6 : 0.1));
  const { back, front, hidden } = buildLayers(map, SIZE, { ...REACH, texelsPerDisparity: 60 });
  const row = 24 * SIZE.width;
  // The post is grown over 24 to 27; the cut is between 23 and 24.
  for (let x = 21; x < 24; x++) {
    assert.equal(hidden[row + x], BackKind.RING, `x = ${x}`);
    assert.equal(back[row + x], front[row + x], `x = ${x}`);
  }
  assert.equal(hidden[row + 16], BackKind.HIDDEN);
  assert.equal(back[row + 16], Math.round(0.1 * 65535));
});
