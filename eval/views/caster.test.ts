/** The ray caster against cases computed by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_CAMERA } from "../../core/scene/camera.js";
import { cameraPath } from "../../core/scene/presets.js";
import { castView } from "./caster.js";
import { regionsOf } from "./regions.js";
import { hiddenInPhoto, makeScene, photographed, SCENE_NAMES } from "./scenes.js";
import { EVERYWHERE, ellipsoid, plane, type Shade } from "./surface.js";

const SIZE = { width: 160, height: 80 };
/** Units of the photo's plane to a pixel. */
const PIXEL = 2 / SIZE.height;
const flat =
  (...color: readonly number[]): Shade =>
  (_x, _y, _d, out) =>
    out.set(color);

/** A white square of 20 pixels at disparity 0.8, in the middle of a black wall at 0.2. */
const square = photographed(
  "square",
  [
    plane({ at: 0.2, perX: 0, perY: 0 }, EVERYWHERE, flat(0, 0, 0)),
    plane(
      { at: 0.8, perX: 0, perY: 0 },
      { minX: -10 * PIXEL, maxX: 10 * PIXEL, minY: -10 * PIXEL, maxY: 10 * PIXEL },
      flat(255, 255, 255),
    ),
  ],
  SIZE,
);

/** Moves a point of disparity d by d · `pixels` to the left: orthographic, steady at 0. */
const sideways = (pixels: number) => ({
  ...DEFAULT_CAMERA,
  ...{ isometric: 1, steady: 0, height: 0.5, offset: { x: (pixels * PIXEL) / 0.5, y: 0 } },
});

const redAt = (rgb: Uint8Array, x: number, y: number) => rgb[3 * (y * SIZE.width + x)];

test("still and height 0 see the photo itself, in every made scene", () => {
  const size = { width: 96, height: 54 };
  const [still] = cameraPath({ preset: "still", intensity: 1, phaseTurns: 0 }, 4);
  assert.ok(still);
  for (const name of SCENE_NAMES) {
    const { surfaces, photo, disparity } = makeScene(name, 3, size);
    assert.deepEqual(castView(surfaces, still, size).rgb, photo, name);
    const lowered = { ...DEFAULT_CAMERA, height: 0, offset: { x: 0.4, y: 0.1 } };
    const view = castView(surfaces, lowered, size).rgb;
    // Rays that touch an edge may round to its other side.
    const others = view.filter((value, i) => Math.abs(value - (photo[i] ?? 0)) > 1).length;
    assert.ok(others < view.length / 500, `${name}: ${others} values differ`);
    assert.ok(
      disparity.every((d) => d > 0 && d <= 1),
      `${name} covers the photo`,
    );
  }
});

test("a square moves by its disparity, and the wall by its own", () => {
  const { rgb, disparity } = castView(square.surfaces, sideways(20), SIZE);
  // 16 pixels to the left: from columns 70–89 to 54–73.
  for (const [x, red] of [
    [53, 0],
    [54, 255],
    [73, 255],
    [74, 0],
  ] as const) {
    assert.equal(redAt(rgb, x, 40), red, `column ${x}`);
  }
  assert.ok(Math.abs((disparity[40 * SIZE.width + 60] ?? 0) - 0.8) < 1e-6);
});

test("what the photo hides is the strip that the square uncovers, and the rest is shown", () => {
  const view = castView(square.surfaces, sideways(20), SIZE);
  const { x, y, disparity, surface } = view;
  const hidden = (i: number) =>
    hiddenInPhoto(square, x[i] ?? 0, y[i] ?? 0, disparity[i] ?? 0, surface[i] ?? -1);
  const row = Array.from({ length: SIZE.width }, (_, column) => hidden(40 * SIZE.width + column));
  // The wall moves by 4 pixels: what the photo has behind columns 70–89 is now at 66–85, of which
  // the square covers 66–73.
  const strip = row.flatMap((isHidden, column) => (isHidden ? [column] : []));
  assert.deepEqual(
    strip,
    Array.from({ length: 12 }, (_, i) => 74 + i),
  );
  // The last four columns show what lies beyond the photo's right edge.
  assert.deepEqual(row.slice(-5), [false, undefined, undefined, undefined, undefined]);
  const { of } = regionsOf(view, hidden);
  // Silhouettes at columns 53|54 and 73|74; the band is 8 · 80 / 720 ≈ 1 pixel wide.
  const bits = [51, 52, 53, 54, 55, 56, 75, 76, 86, 156].map((c) => of[40 * SIZE.width + c]);
  assert.deepEqual(bits, [1, 3, 3, 3, 3, 1, 7, 5, 1, 0]);
});

test("a ray meets the front of an ellipsoid, and one that passes beside it meets nothing", () => {
  const ball = ellipsoid(
    { x: 0.5, y: 0, d: 0.4, radiusX: 0.2, radiusY: 0.1, radiusD: 0.3, turn: Math.PI / 2 },
    flat(9, 9, 9),
  );
  assert.ok(Math.abs(ball.hit(0.5, 0, 0, 0, 0) - 0.7) < 1e-12);
  // Turned upright: half as wide as high, so this lies outside, and √¾ of the way up inside.
  assert.equal(ball.hit(0.65, 0, 0, 0, 0), -1);
  assert.ok(Math.abs(ball.hit(0.5, 0.1 * Math.sqrt(3), 0, 0, 0) - 0.55) < 1e-12);
  assert.equal(ball.hit(0.5, 0, 0, 0, 0.7001), -1, "something is nearer");
});
