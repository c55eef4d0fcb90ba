/** The subject of made maps: where it is, and that what stands around it counts less. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { madeMap } from "../../testing/made-map.js";
import { sampledMap } from "./limits/sampled-map.js";
import { subjectOf } from "./subject.js";

const SIZE = { width: 160, height: 90 };

/** A disc in the middle of a map, before a ground that rises towards the lower edge. */
function disc(disparity: number, radius: number, ground = 0.2): Uint16Array {
  return Uint16Array.from({ length: SIZE.width * SIZE.height }, (_, at) => {
    const x = (at % SIZE.width) - SIZE.width / 2;
    const y = Math.floor(at / SIZE.width) - SIZE.height / 2;
    const behind = ground * (1 + y / SIZE.height);
    return Math.round(65535 * (Math.hypot(x, y) < radius ? disparity : behind));
  });
}

const subject = (map: Uint16Array) => subjectOf(sampledMap(map, SIZE));

test("a thing in the middle is the subject, near or far, also where it is the smaller part", () => {
  for (const disparity of [0.45, 0.7, 0.95]) {
    assert.ok(Math.abs(subject(disc(disparity, 30)) - disparity) < 0.04, String(disparity));
  }
  // A window in the middle of a near wall.
  assert.ok(Math.abs(subject(disc(0.1, 40, 0.9)) - 0.1) < 0.25);
});

test("a flat map is its own subject", () => {
  for (const disparity of [0, 0.25, 0.5, 1]) {
    const flat = new Uint16Array(SIZE.width * SIZE.height).fill(Math.round(65535 * disparity));
    assert.ok(Math.abs(subject(flat) - disparity) <= 1 / 64);
  }
});

test("any map has one, and the same each time", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const map = madeMap(SIZE, seed);
    const found = subject(map);
    assert.ok(found > 0 && found < 1);
    assert.equal(subject(map), found);
    const inverted = subject(map.map((d) => 65535 - d));
    assert.ok(inverted > 0 && inverted < 1);
  }
});
