import assert from "node:assert/strict";
import { test } from "node:test";
import { STEREO_LAYOUTS, stereoFrame } from "../scene/stereo/layout.js";
import { resolveSpec } from "../spec/resolve-spec.js";
import type { ClipSpec, JobSpec } from "../spec/spec.js";
import { atSize, sessionSpec, withPreset } from "./preview-spec.js";

const PHOTO = { width: 600, height: 400 };
const PLAIN = resolveSpec(
  {
    fields: {},
    motions: [{ parameter: "camera.zoom", components: [{ kind: "sine", amplitude: 0.1 }] }],
    outputs: [],
    artifacts: [],
  },
  { models: ["none"], maxFrames: 10_000 },
);

const frameOf = (spec: JobSpec) => stereoFrame(spec.clip, spec.stereo, PHOTO).frame;

test("a preview has the longest side that is asked for, in the frame's own aspect", () => {
  const clips: Partial<ClipSpec>[] = [
    {},
    { longestSide: 1920 },
    { width: 1280 },
    { height: 1000 },
    { width: 1000, height: 1000, fit: "crop" },
    { width: 1000, height: 500, fit: "pad" },
    { width: 500, height: 1000, fit: "fit" },
  ];
  for (const clip of clips) {
    for (const layout of STEREO_LAYOUTS) {
      const stereo = { ...PLAIN.stereo, layout };
      const spec = { ...PLAIN, stereo, clip: { ...PLAIN.clip, ...clip } };
      const full = frameOf(spec);
      const small = frameOf(atSize(spec, PHOTO, 480));
      const what = JSON.stringify([clip, layout, full, small]);
      assert.ok(Math.abs(Math.max(small.width, small.height) - 480) <= 4, what);
      const off = Math.log((small.width / small.height) * (full.height / full.width));
      assert.ok(Math.abs(off) < 0.02, what);
    }
  }
});

test("a one-way preset begins at its beginning and goes there and back", () => {
  const shifted = { ...PLAIN, camera: { ...PLAIN.camera, phaseTurns: 0.25 } };
  const { camera } = withPreset(shifted, "push-in");
  assert.deepEqual([camera.preset, camera.phaseTurns, camera.loop], ["push-in", 0, "ping-pong"]);
  assert.equal(withPreset(shifted, "circle").camera.phaseTurns, 0.25);
});

test("in a session nothing moves by itself, and each pixel is drawn once", () => {
  const spec = { ...PLAIN, clip: { ...PLAIN.clip, ssaa: 4 as const } };
  assert.equal(spec.motions.length, 1);
  const session = sessionSpec({ ...spec, camera: { ...spec.camera, limit: "strict" } });
  assert.deepEqual(session.motions, []);
  assert.equal(session.clip.ssaa, 1);
  assert.equal(session.camera.limit, "auto");
  assert.equal(
    sessionSpec({ ...spec, camera: { ...spec.camera, limit: "none" } }).camera.limit,
    "none",
  );
});
