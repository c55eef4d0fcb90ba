/** The scene of a stereo job: its sizes, and that it covers what both eyes see. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SpecRequest } from "../../spec/request.js";
import { resolveSpec } from "../../spec/resolve-spec.js";
import { visibleExtent } from "../geometry.js";
import { PRESET_NAMES } from "../presets.js";
import { eyeCameras } from "../stereo/eyes.js";
import type { LimitedCamera } from "./clip-camera.js";
import { type SceneSource, sceneData } from "./clip-scene.js";
import { clipPath } from "./clip-states.js";

const cameraOf = (strength: number): LimitedCamera => ({
  strength,
  figures: { strength, hiddenAreaPercent: 0, stretchP99: 1 },
  notes: [],
});

function source(fields: SpecRequest["fields"], preset = "circle"): SceneSource {
  const request = { preset, fields, motions: [], outputs: [], artifacts: [] };
  return {
    spec: resolveSpec(request, { models: ["tiny"], maxFrames: 3600 }),
    photo: new Uint8Array(3 * 60 * 40),
    photoSize: { width: 60, height: 40 },
    disparity: new Uint16Array(12 * 8),
    disparitySize: { width: 12, height: 8 },
    camera: cameraOf(1),
  };
}

test("the geometry covers what both eyes see in every frame, of every preset", () => {
  for (const preset of PRESET_NAMES) {
    const of = source(
      {
        "stereo.layout": "side-by-side",
        "stereo.separation_percent": 10,
        "stereo.convergence": 1,
        "clip.duration_seconds": 0.5,
      },
      preset,
    );
    const { geometry, picture } = sceneData(of, "fast", []);
    assert.ok(picture);
    const aspect = picture.width / picture.height;
    const eyes = clipPath(of).flatMap(({ camera }) => eyeCameras(camera, of.spec.stereo, aspect));
    const { minX, maxX, minY, maxY } = visibleExtent(eyes, aspect, geometry.halfSides);
    const { extent } = geometry;
    assert.ok(extent.minX <= minX && extent.maxX >= maxX, preset);
    assert.ok(extent.minY <= minY && extent.maxY >= maxY, preset);
    const mono = sceneData(source({ "clip.duration_seconds": 0.5 }, preset), "fast", []);
    const width = (part: typeof extent) => part.maxX - part.minX;
    assert.ok(width(extent) > width(mono.geometry.extent) + 0.05, `${preset}: the test can tell`);
  }
});

test("a camera within its limits is as weak for the eyes", () => {
  const whole = source({ "stereo.layout": "anaglyph", "stereo.separation_percent": 4 });
  const weak = sceneData({ ...whole, camera: cameraOf(0.25) }, "fast", []);
  assert.equal(weak.stereo?.separationPercent, 1);
  assert.equal(sceneData(whole, "fast", []).stereo?.separationPercent, 4);
});

test("a frame of both eyes has its own size, and a job without stereo has none", () => {
  const size = { "clip.width": 600, "clip.height": 400 };
  const data = sceneData(source({ ...size, "stereo.layout": "top-bottom" }), "fast", []);
  assert.deepEqual(data.frame, { width: 600, height: 400 });
  assert.deepEqual(data.stereo?.composed, { width: 600, height: 800 });
  assert.equal(sceneData(source(size), "fast", []).stereo, undefined);
});
