/** The states of a clip: aimed within the photo, and the same for frames and stills. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Size } from "../../geometry/size.js";
import type { SpecRequest } from "../../spec/request.js";
import { resolveSpec } from "../../spec/resolve-spec.js";
import { photoHalfSides, visibleExtent } from "../geometry.js";
import {
  type ClipSource,
  clipPath,
  coveringStates,
  FULL_STRENGTH,
  stateAt,
} from "./clip-states.js";

const LANDSCAPE: Size = { width: 1500, height: 1000 };

function source(request: Partial<SpecRequest>, photoSize = LANDSCAPE): ClipSource {
  const whole = { preset: "push-in", motions: [], outputs: [], artifacts: [], ...request };
  const fields = { "camera.loop": "once", "clip.duration_seconds": 1, ...request.fields };
  const limits = { models: ["tiny"], maxFrames: 3600 };
  return { spec: resolveSpec({ ...whole, fields }, limits), photoSize, camera: FULL_STRENGTH };
}

const CORNER = { "camera.target.x": 1.4, "camera.target.y": 0.9 };

test("a clip of any shape stays within the photo, with the target in its corner", () => {
  for (const [width, height] of [
    [640, 640],
    [640, 360],
    [360, 640],
  ] as const) {
    const size = { "clip.width": width, "clip.height": height };
    const clip = source({ fields: { ...CORNER, ...size } });
    const aspect = width / height;
    const half = photoHalfSides(clip.photoSize, aspect);
    const cameras = coveringStates(clip, [0.37]).map(({ camera }) => camera);
    const { minX, maxX, minY, maxY } = visibleExtent(cameras, aspect, half);
    assert.ok(Math.max(-minX, maxX, -minY, maxY) <= 1 + 1e-9, `${width}×${height}`);
    assert.ok(maxY > 1 - 1e-9, "the picture goes up to the edge");
  }
});

test("a padded clip is aimed within its picture, not within the bars", () => {
  const fields = { "clip.width": 640, "clip.height": 640, "clip.fit": "pad" };
  const last = (fit: SpecRequest["fields"]) =>
    clipPath(source({ fields: { ...CORNER, ...fit } })).at(-1);
  const [padded, whole] = [last(fields), last({})].map((state) => state?.camera.center.y ?? 0);
  assert.ok(Math.abs((padded ?? 0) - (whole ?? 1)) < 0.01, `${padded} and ${whole}`);
});

test("a still is the frame of its moment", () => {
  const clip = source({ fields: CORNER });
  const path = clipPath(clip);
  for (const frame of [0, 7, 29]) {
    assert.deepEqual(stateAt(clip, frame / path.length), path[frame]);
  }
});

test("a motion may move the target", () => {
  const motion = {
    parameter: "camera.target.x",
    keyframes: [
      { tau: 0, value: -0.1 },
      { tau: 1, value: 0.1 },
    ],
  };
  const fields = { "camera.zoom": 0.8 };
  const path = clipPath(source({ preset: "still", fields, motions: [motion] }));
  assert.ok(Math.abs((path[0]?.camera.center.x ?? 0) + 0.1) < 1e-9);
  assert.ok(Math.abs((path.at(-1)?.camera.center.x ?? 0) - 0.1) < 1e-9);
});

test("without a target the clip is the path of its specification", () => {
  const [first] = clipPath(source({ preset: "pan" }));
  const zero = { "camera.target.x": 0, "camera.target.y": 0 };
  assert.deepEqual(clipPath(source({ preset: "pan", fields: zero }))[0], first);
});
