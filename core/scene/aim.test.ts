/** Aiming at a target: the picture stays within the photo, and the target within the picture. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../testing/random.js";
import { aimAlong, type View } from "./aim.js";
import { type CameraState, DEFAULT_CAMERA, photoPointAt, raysOf, type Vec2 } from "./camera.js";
import { photoHalfSides, visibleExtent } from "./geometry.js";
import { PRESET_NAMES, PRESETS, type PresetName } from "./presets.js";

const FRAMES = 60;
const APPROACHING = ["push-in", "zoom", "zoom-in", "zoom-in-smooth", "zoom-out"] as const;
const CENTER: Vec2 = { x: 0, y: 0 };

const random = seededRandom(33);
const between = (low: number, high: number) => low + (high - low) * random();

function viewOf(photoAspect: number, aspect: number): View {
  const photo = { width: 1000 * photoAspect, height: 1000 };
  return { aspect, halfSides: photoHalfSides(photo, aspect) };
}

/** The states from τ = 0 to τ = 1, not aimed. */
function path(preset: PresetName, intensity: number, target: Vec2): CameraState[] {
  return Array.from({ length: FRAMES + 1 }, (_, i) => {
    const { camera } = PRESETS[preset].state(i / FRAMES, intensity, { target });
    return { ...camera, target };
  });
}

function aimed(preset: PresetName, intensity: number, target: Vec2, view: View): CameraState[] {
  const states = path(preset, intensity, target);
  return states.map(aimAlong(states, view));
}

/** The screen point that shows a photo point of disparity d; `photoPointAt` is affine in it. */
function screenPoint(camera: CameraState, u: Vec2, d: number): Vec2 {
  const at = photoPointAt(camera, CENTER, d);
  const one = photoPointAt(camera, { x: 1, y: 1 }, d);
  return { x: (u.x - at.x) / (one.x - at.x), y: (u.y - at.y) / (one.y - at.y) };
}

/** Targets all over the photo, half of them near its edges, in many shapes of photo and frame. */
function cases(count: number): { readonly view: View; readonly target: Vec2 }[] {
  return Array.from({ length: count }, () => {
    const view = viewOf(between(0.4, 2.5), between(0.4, 2.5));
    const side = () => (random() < 0.5 ? between(-1, 1) : (random() < 0.5 ? -1 : 1) * 0.98);
    return { view, target: { x: side() * view.halfSides.x, y: side() * view.halfSides.y } };
  });
}

for (const preset of APPROACHING) {
  test(`${preset}: no frame shows beyond the photo's edge, wherever the target is`, () => {
    for (const { view, target } of cases(200)) {
      const states = aimed(preset, between(0, 4), target, view);
      const { minX, maxX, minY, maxY } = visibleExtent(states, view.aspect, view.halfSides);
      const most = Math.max(-minX, maxX, -minY, maxY);
      assert.ok(most <= 1 + 1e-9, `${most} of ${JSON.stringify({ view, target })}`);
    }
  });

  test(`${preset}: the target, however near it is, is in every frame that has room for it`, () => {
    for (const { view, target } of cases(200)) {
      const states = aimed(preset, between(0, 2), target, view);
      for (const camera of states) {
        const g = screenPoint(camera, target, random());
        // The first picture of a cropped photo may lie beside the target.
        const { aspect, halfSides } = view;
        const fits = { x: halfSides.x - aspect < 1e-6, y: halfSides.y - 1 < 1e-6 };
        const isLast = camera === states.at(-1);
        if (fits.x || isLast) assert.ok(Math.abs(g.x) <= aspect + 1e-6, JSON.stringify({ g }));
        if (fits.y || isLast) assert.ok(Math.abs(g.y) <= 1 + 1e-6, JSON.stringify({ g }));
      }
    }
  });
}

test("a push-in ends with the target in the middle, or with the picture at the photo's edge", () => {
  for (const { view, target } of cases(300)) {
    const [first, ...others] = aimed("push-in", between(0.5, 4), target, view);
    const last = others.at(-1);
    assert.ok(first && last);
    const { A, B } = raysOf(last);
    for (const axis of ["x", "y"] as const) {
      const edge = B * (axis === "x" ? view.aspect : 1);
      const atTarget = Math.abs(A[axis] - target[axis]) < 1e-9;
      const atEdge = Math.abs(Math.abs(A[axis]) + edge - view.halfSides[axis]) < 1e-9;
      assert.ok(atTarget || atEdge, JSON.stringify({ axis, view, target }));
    }
  }
});

test("a face above the middle comes to the middle of a push-in, at any distance", () => {
  const target = { x: -0.12, y: 0.4 };
  const states = aimed("push-in", 2, target, viewOf(1.5, 1.5));
  const last = states.at(-1);
  assert.ok(last);
  for (const d of [0, 0.5, 1]) {
    const { x, y } = screenPoint(last, target, d);
    assert.ok(Math.hypot(x, y) < 0.05, `${x}, ${y} at disparity ${d}`);
  }
  const offCenter = states.map((camera) => Math.abs(screenPoint(camera, target, 0.5).y));
  assert.ok(offCenter.every((y, i) => i === 0 || y <= (offCenter[i - 1] ?? 0) + 1e-9));
});

test("the approach has no kink, whether or not the edge ends it", () => {
  for (const { view, target } of cases(100)) {
    for (const axis of ["x", "y"] as const) {
      const centers = aimed("push-in", 1, target, view).map(({ center }) => center[axis]);
      const steps = centers.slice(1).map((center, i) => center - (centers[i] ?? 0));
      const turns = steps.slice(1).map((step, i) => Math.abs(step - (steps[i] ?? 0)));
      const fastest = Math.max(...steps.map(Math.abs));
      assert.ok(Math.max(...turns) <= 0.1 * fastest + 1e-9, JSON.stringify({ view, target }));
    }
  }
});

test("a preset that sways sees no farther beyond the edge for its target", () => {
  for (const preset of PRESET_NAMES) {
    for (const { view, target } of cases(20)) {
      const beyond = (states: readonly CameraState[]) => {
        const { minX, maxX, minY, maxY } = visibleExtent(states, view.aspect, view.halfSides);
        return Math.max(1, -minX, maxX, -minY, maxY);
      };
      const states = path(preset, 1, target);
      const least = beyond(states) + 1e-9;
      assert.ok(beyond(aimed(preset, 1, target, view)) <= least, preset);
    }
  }
});

test("without a target, and at the middle, every path is as it was", () => {
  const view = viewOf(1.5, 1);
  for (const preset of PRESET_NAMES) {
    assert.deepEqual(aimed(preset, 1, CENTER, view), path(preset, 1, CENTER));
  }
  const still = { ...DEFAULT_CAMERA, zoom: 0.8 };
  assert.equal(aimAlong([still], view)(still), still);
});

test("the caller's zoom makes room: a still camera looks at its target", () => {
  const view = viewOf(1.5, 1.5);
  const camera = { ...DEFAULT_CAMERA, zoom: 0.5, target: { x: -0.5, y: 0.9 } };
  const { A } = raysOf(aimAlong([camera], view)(camera));
  assert.deepEqual(A, { x: -0.5, y: 0.5 });
});
