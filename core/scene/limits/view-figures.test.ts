/** The figures of one camera, against maps whose figures follow from the formulas. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type CameraState, DEFAULT_CAMERA, raysOf } from "../camera.js";
import { sampledMap } from "./sampled-map.js";
import { viewFigures } from "./view-figures.js";

const SIZE = { width: 128, height: 64 };
const VIEW = { aspect: 2, halfSides: { x: 2, y: 1 } };
const CUT = 0.1;

/** `disparity` of a point x in [−2, 2], y in [−1, 1] upwards. */
function mapOf(disparity: (x: number, y: number) => number) {
  const map = Uint16Array.from({ length: SIZE.width * SIZE.height }, (_, at) => {
    const x = (4 * ((at % SIZE.width) + 0.5)) / SIZE.width - 2;
    const y = 1 - (2 * (Math.floor(at / SIZE.width) + 0.5)) / SIZE.height;
    return Math.round(65535 * disparity(x, y));
  });
  return sampledMap(map, SIZE);
}

/** A camera without perspective: a disparity d moves by −h·d·offset. */
const shifted = (offset: CameraState["offset"], height = 0.1): CameraState => ({
  ...DEFAULT_CAMERA,
  ...{ isometric: 1, steady: 0, height, offset },
});

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

test("two planes uncover the way that they move against each other, along their edge", () => {
  const planes = mapOf((x) => (x < 0.4 ? 1 : 0));
  // The near plane moves to the left by 0.1 of 4.
  const { hiddenAreaPercent, stretchP99 } = viewFigures(planes, shifted({ x: 1, y: 0 }), VIEW, CUT);
  near(hiddenAreaPercent, 2.5, 0.01);
  assert.equal(stretchP99, 1);
  // To the right it covers the far plane, and upwards nothing opens.
  for (const offset of [
    { x: -1, y: 0 },
    { x: 0, y: 1 },
  ]) {
    near(viewFigures(planes, shifted(offset), VIEW, CUT).hiddenAreaPercent, 0, 0.01);
  }
  // Where the sheet is not cut, it is stretched over the opening.
  const whole = viewFigures(planes, shifted({ x: 1, y: 0 }), VIEW, 1);
  near(whole.hiddenAreaPercent, 0, 0.01);
  assert.ok(whole.stretchP99 > 1);
});

test("a pole hides no more than its width, however far it moves", () => {
  const pole = mapOf((x) => (Math.abs(x) < 0.0625 ? 1 : 0));
  for (const [offset, percent] of [
    [0.5, 1.25],
    [1, 2.5],
    [2, 3.125],
    [8, 3.125],
  ] as const) {
    const { hiddenAreaPercent } = viewFigures(pole, shifted({ x: offset, y: 0 }), VIEW, CUT);
    near(hiddenAreaPercent, percent, 0.01);
  }
});

test("a window in a near wall opens all around where the camera comes closer", () => {
  const half = 0.5;
  const wall = mapOf((x, y) => (Math.max(Math.abs(x), Math.abs(y)) < half ? 0 : 1));
  const closer: CameraState = { ...DEFAULT_CAMERA, steady: 0, height: 0.2, isometric: 0.2 };
  const { B, D, k } = raysOf(closer);
  const wide = half / (B + k * (D - B));
  const percent = (100 * (wide ** 2 - (half / B) ** 2)) / 2;
  near(viewFigures(wall, closer, VIEW, CUT).hiddenAreaPercent, percent, 0.05);
});

test("a slope is stretched along its movement, and sheared across it", () => {
  const perUnit = 0.25;
  const slope = mapOf((x) => 0.5 - perUnit * x);
  const move = 0.4 * 0.5;
  const along = viewFigures(slope, shifted({ x: 0.5, y: 0 }, 0.4), VIEW, CUT);
  near(along.stretchP99, 1 + move * perUnit, 0.005);
  assert.equal(along.hiddenAreaPercent, 0);
  const across = viewFigures(slope, shifted({ x: 0, y: 0.5 }, 0.4), VIEW, CUT);
  const shear = move * perUnit;
  near(across.stretchP99, (shear + Math.sqrt(4 + shear ** 2)) / 2, 0.005);
  // Moved the other way it is pressed together: nothing is stretched.
  near(viewFigures(slope, shifted({ x: -0.5, y: 0 }, 0.4), VIEW, CUT).stretchP99, 1, 0.005);
});

test("the most stretched hundredth of the frame decides, not the most stretched point", () => {
  const step = (from: number) => (x: number) =>
    x < from ? 0.6 : x < from + 0.125 ? 0.6 - (x - from) * 4 : 0.1;
  const camera = shifted({ x: 1, y: 0 }, 0.2);
  // 0.125 of 4 is three per cent.
  near(viewFigures(mapOf(step(0)), camera, VIEW, 0.2).stretchP99, 1.8, 0.03);
  const narrow = (x: number, y: number) => (y > 0.8 ? step(0)(x) : 0.1);
  assert.ok(viewFigures(mapOf(narrow), camera, VIEW, 0.2).stretchP99 < 1.05);
});

test("a camera at rest hides and stretches nothing, and neither does what is beyond the edges", () => {
  const rough = mapOf((x, y) => (Math.sin(9 * x) * Math.cos(7 * y) > 0.3 ? 0.9 : 0.2 + 0.05 * x));
  const still: CameraState = { ...DEFAULT_CAMERA, isometric: 1 };
  assert.deepEqual(viewFigures(rough, still, VIEW, CUT), { hiddenAreaPercent: 0, stretchP99: 1 });
  const flat = mapOf(() => 1);
  const away: CameraState = { ...DEFAULT_CAMERA, center: { x: 1.5, y: -0.5 }, zoom: 1.5 };
  assert.deepEqual(viewFigures(flat, away, VIEW, CUT), { hiddenAreaPercent: 0, stretchP99: 1 });
});

test("an inverted camera uncovers what an inverted map does", () => {
  const planes = mapOf((x, y) => (x + 0.3 * y < 0.4 ? 0.9 : 0.2));
  const inverted = mapOf((x, y) => (x + 0.3 * y < 0.4 ? 0.1 : 0.8));
  const camera: CameraState = { ...DEFAULT_CAMERA, offset: { x: -0.7, y: 0.2 } };
  const [a, b] = [
    viewFigures(planes, { ...camera, invert: 1 }, VIEW, CUT),
    viewFigures(inverted, camera, VIEW, CUT),
  ];
  near(a.hiddenAreaPercent, b.hiddenAreaPercent, 0.01);
  near(a.stretchP99, b.stretchP99, 0.01);
  assert.ok(a.hiddenAreaPercent > 1);
});

test("the cropped part of a photo counts only where the screen shows it", () => {
  const planes = mapOf((x) => (x < 0.4 ? 1 : 0));
  // The screen shows the middle half of the photo's width.
  const cropped = { aspect: 1, halfSides: { x: 2, y: 1 } };
  const camera = shifted({ x: 1, y: 0 });
  near(viewFigures(planes, camera, cropped, CUT).hiddenAreaPercent, 5, 0.01);
  const beyond = mapOf((x) => (x < 1.5 ? 1 : 0));
  assert.equal(viewFigures(beyond, camera, cropped, CUT).hiddenAreaPercent, 0);
});
