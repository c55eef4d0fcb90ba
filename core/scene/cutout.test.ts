/** Where the foreground of made maps begins. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cutoutRange, subjectDisparity } from "./cutout.js";

const SIZE = { width: 120, height: 80 };

/** A map of d(x, y) with x and y in [−1, 1], y upwards. */
function mapOf(d: (x: number, y: number) => number, { width, height } = SIZE): Uint16Array {
  return Uint16Array.from({ length: width * height }, (_, at) => {
    const x = (2 * (at % width) + 1) / width - 1;
    const y = 1 - (2 * Math.floor(at / width) + 1) / height;
    return Math.round(65535 * d(x, y));
  });
}

/** A floor that comes nearer towards the lower edge. */
const floor = (y: number) => 0.1 + 0.2 * (1 - y);
const disc = (x: number, y: number, radius: number) => Math.hypot(1.5 * x, y) < radius;

test("a subject in the middle begins between it and the floor behind it", () => {
  const map = mapOf((x, y) => (disc(x, y, 0.5) ? 0.8 : floor(y)));
  const begin = subjectDisparity(map, SIZE);
  assert.ok(begin > 0.4 && begin <= 0.8, `${begin}`);
});

test("the line runs along a silhouette, not across a surface between two groups of texels", () => {
  // A ramp over the whole height, and a subject whose silhouette is at one quarter.
  const map = mapOf((x, y) => (disc(x, y - 0.4, 0.4) ? 0.55 : 0.25 + 0.25 * -y));
  const begin = subjectDisparity(map, SIZE);
  assert.ok(begin > 0.4 && begin <= 0.55, `${begin}`);
});

test("a thing at the edge does not outweigh the subject in the middle", () => {
  const map = mapOf((x, y) => (x > 0.75 ? 1 : disc(x, y, 0.45) ? 0.5 : 0.1));
  const begin = subjectDisparity(map, SIZE);
  assert.ok(begin > 0.1 && begin <= 0.5, `${begin}`);
});

test("a large map, of which not every texel is looked at, has the begin of a small one", () => {
  const scene = (x: number, y: number) => (disc(x, y, 0.5) ? 0.8 : floor(y));
  const large = { width: 1500, height: 1000 };
  const begin = subjectDisparity(mapOf(scene, large), large);
  assert.ok(Math.abs(begin - subjectDisparity(mapOf(scene), SIZE)) < 0.05, `${begin}`);
});

test("a flat map is foreground as a whole", () => {
  for (const value of [0, 0.5, 1]) {
    const begin = subjectDisparity(
      mapOf(() => value),
      SIZE,
    );
    assert.equal(begin, 0);
    assert.ok(cutoutRange(begin).to <= value);
  }
});
