import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_CAMERA } from "../scene/camera.js";
import { NO_EFFECTS } from "../scene/effects.js";
import { visibleExtent } from "../scene/geometry.js";
import { checkSessionCamera, sessionCorners, sessionState } from "./session-camera.js";

const BASE = { camera: { ...DEFAULT_CAMERA, isometric: 0.6, steady: 0.3 }, effects: NO_EFFECTS };

test("a camera is the offset, the dolly and the zoom of the state, and nothing else of it", () => {
  const { camera } = sessionState(BASE, { x: 0.5, y: -0.25, dolly: 1 });
  assert.deepEqual(camera, { ...BASE.camera, offset: { x: 0.5, y: -0.25 }, dolly: 1 });
  assert.equal(sessionState(BASE, { x: 0, y: 0, dolly: 0, zoom: 0.7 }).camera.zoom, 0.7);
});

test("what is out of range is refused, and not a number too", () => {
  const plain = { x: 0, y: 0, dolly: 0 };
  for (const wrong of [{ x: 1.01 }, { y: -2 }, { dolly: -0.1 }, { dolly: 3 }, { zoom: 0 }]) {
    assert.throws(() => checkSessionCamera({ ...plain, ...wrong }), {
      reason: "PARAMETER_OUT_OF_RANGE",
    });
  }
  assert.throws(() => checkSessionCamera({ ...plain, x: Number.NaN }));
  assert.equal(checkSessionCamera({ ...plain, zoom: 1 }).zoom, 1);
});

test("no state of a session sees more of the photo's plane than the corners do", () => {
  const half = { x: 1.5, y: 1 };
  const all = visibleExtent(sessionCorners(BASE), 1.5, half);
  for (let i = 0; i < 500; i++) {
    const at = (k: number) => (((i + 1) * k * 0.618_034) % 1) * 2 - 1;
    const state = { x: at(1), y: at(7), dolly: at(3) + 1, zoom: 0.75 + 0.25 * at(5) };
    const one = visibleExtent([sessionState(BASE, state).camera], 1.5, half);
    assert.ok(one.minX >= all.minX - 1e-9 && one.maxX <= all.maxX + 1e-9, JSON.stringify(state));
    assert.ok(one.minY >= all.minY - 1e-9 && one.maxY <= all.maxY + 1e-9, JSON.stringify(state));
  }
});
