/** The camera of a clip: within its limits, the same for all that is drawn, told to the caller. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { madeMap } from "../../../testing/made-map.js";
import { DepthmeshError } from "../../errors.js";
import type { SpecRequest } from "../../spec/request.js";
import { resolveSpec } from "../../spec/resolve-spec.js";
import { readSpec, writeSpec } from "../../spec/stored-spec.js";
import { type CameraSource, limitCamera } from "./clip-camera.js";
import { clipPath, coveringStates, FULL_STRENGTH, stateAt } from "./clip-states.js";

const DISPARITY_SIZE = { width: 256, height: 144 };
const PHOTO_SIZE = { width: 1280, height: 720 };

function source(request: Partial<SpecRequest> = {}): CameraSource {
  const whole = { preset: "horizontal", motions: [], outputs: [], artifacts: [], ...request };
  const fields = { "clip.duration_seconds": 1, "camera.limit": "auto", ...request.fields };
  const limits = { models: ["tiny"], maxFrames: 3600 };
  return {
    spec: resolveSpec({ ...whole, fields }, limits),
    photoSize: PHOTO_SIZE,
    disparity: madeMap(DISPARITY_SIZE, 5),
    disparitySize: DISPARITY_SIZE,
  };
}

const MAXIMA = { "camera.max_hidden_area_percent": 1, "camera.max_stretch_p99": 1.5 };

test("a movement beyond the limits is weakened in every state that is drawn", () => {
  const clip = source({ fields: { "camera.intensity": 2, ...MAXIMA } });
  const camera = limitCamera(clip);
  assert.ok(camera.strength > 0.05 && camera.strength < 0.6, `${camera.strength}`);
  assert.ok(camera.figures.hiddenAreaPercent <= 1 && camera.figures.hiddenAreaPercent > 0.9);
  const states = { spec: clip.spec, photoSize: clip.photoSize };
  const full = { ...states, camera: FULL_STRENGTH };
  const limited = { ...states, camera };
  const whole = clipPath(full);
  for (const [frame, { camera: state }] of clipPath(limited).entries()) {
    assert.equal(state.height, (whole[frame]?.camera.height ?? 0) * camera.strength);
    assert.deepEqual(state.offset, whole[frame]?.camera.offset);
    assert.deepEqual(stateAt(limited, frame / whole.length).camera, state);
  }
  const covering = coveringStates(limited, [0.37]);
  assert.deepEqual(covering.slice(0, whole.length), clipPath(limited));
  assert.deepEqual(covering.at(-1), stateAt(limited, 0.37));
});

test("a note says by how much, and a camera within its limits gets none", () => {
  const [weakened] = limitCamera(source({ fields: MAXIMA })).notes;
  assert.equal(weakened?.code, "CAMERA_WEAKENED");
  assert.deepEqual(Object.keys(weakened?.metadata ?? {}), [
    "strength_percent",
    "actual_hidden_area_percent",
    "limit_hidden_area_percent",
    "actual_stretch_p99",
    "limit_stretch_p99",
  ]);
  assert.equal(weakened?.metadata.limit_hidden_area_percent, "1");
  assert.ok(Number(weakened?.metadata.actual_hidden_area_percent) > 1);
  const percent = Number(weakened?.metadata.strength_percent);
  assert.ok(percent > 0 && percent < 100);
  const gentle = limitCamera(source({ fields: { "camera.intensity": 0.2 } }));
  assert.deepEqual([gentle.strength, gentle.notes], [1, []]);
});

test("strict fails with the figures, their limits and what would be within them", () => {
  const fields = { ...MAXIMA, "camera.limit": "strict" };
  assert.throws(
    () => limitCamera(source({ fields })),
    (error) => {
      assert.ok(error instanceof DepthmeshError);
      assert.equal(error.reason, "CAMERA_LIMIT_EXCEEDED");
      assert.equal(error.retryable, false);
      const { strength_percent: strength, ...metadata } = error.metadata;
      assert.equal(metadata.field, "camera.limit");
      assert.equal(metadata.limit_stretch_p99, "1.5");
      const { figures } = limitCamera(source({ fields: MAXIMA }));
      assert.equal(strength, String(Number((100 * figures.strength).toFixed(2))));
      return true;
    },
  );
  const still = limitCamera(source({ preset: "still", fields }));
  assert.deepEqual(still.figures, { strength: 1, hiddenAreaPercent: 0, stretchP99: 1 });
});

test("without a limit the figures are told, and nothing is weakened", () => {
  const { strength, figures, notes } = limitCamera(
    source({ fields: { ...MAXIMA, "camera.limit": "none" } }),
  );
  assert.deepEqual([strength, notes], [1, []]);
  assert.ok(figures.hiddenAreaPercent > 1 && figures.stretchP99 >= 1);
});

test("motions of the caller's own are weakened too where a limit is asked for", () => {
  const sway = { kind: "sine", amplitude: 0.6 };
  const motions = [
    { parameter: "camera.offset.x", components: [sway] },
    { parameter: "camera.height", values: Array.from({ length: 30 }, (_, i) => 0.02 * (i % 15)) },
  ];
  const { strength, figures } = limitCamera(source({ preset: "still", motions, fields: MAXIMA }));
  assert.ok(strength < 1);
  assert.ok(figures.hiddenAreaPercent <= 1 && figures.stretchP99 <= 1.5);
});

test("a clip of another size and rate moves in the same way", () => {
  const { strength } = limitCamera(source({ fields: MAXIMA }));
  const other = { ...MAXIMA, "clip.longest_side": 320, "clip.duration_seconds": 4 };
  assert.equal(limitCamera(source({ fields: other })).strength, strength);
});

test("what the eyes see counts, and a separation beyond the limits is weakened with the camera", () => {
  const stereo = { "stereo.layout": "side-by-side", "stereo.separation_percent": 10 };
  const mono = limitCamera(source({ preset: "still", fields: MAXIMA }));
  assert.deepEqual([mono.strength, mono.figures.hiddenAreaPercent], [1, 0]);
  const still = limitCamera(source({ preset: "still", fields: { ...MAXIMA, ...stereo } }));
  assert.ok(still.strength < 1 && still.strength > 0.05, `${still.strength}`);
  const { hiddenAreaPercent } = still.figures;
  assert.ok(hiddenAreaPercent <= 1 && hiddenAreaPercent > 0.9, `${hiddenAreaPercent}`);
  const moving = (fields: SpecRequest["fields"]) => limitCamera(source({ fields }));
  const [alone, both] = [moving(MAXIMA), moving({ ...MAXIMA, ...stereo })];
  assert.ok(both.strength < alone.strength, `${both.strength} and ${alone.strength}`);
  assert.ok(both.figures.hiddenAreaPercent <= 1 && both.figures.stretchP99 <= 1.5);
});

test("auto moves around the subject, whichever side is near", () => {
  const auto = source({ preset: "auto" });
  const subject = limitCamera(auto).subject ?? Number.NaN;
  for (const [invert, expected] of [
    [0, subject],
    [1, 1 - subject],
    [0.5, 0.5],
  ] as const) {
    const clip = source({ preset: "auto", fields: { "camera.invert": invert } });
    const camera = limitCamera(clip);
    assert.ok(Math.abs((camera.subject ?? Number.NaN) - expected) < 1e-9);
    for (const { camera: state } of clipPath({ ...clip, camera })) {
      assert.deepEqual([state.focus, state.steady], [camera.subject, camera.subject]);
    }
  }
  const own = source({ preset: "auto", fields: { "camera.focus": 0.9 } });
  assert.equal(clipPath({ ...own, camera: limitCamera(own) })[0]?.camera.focus, 0.9);
  assert.equal(limitCamera(source({ preset: "circle" })).subject, undefined);
});

test("auto leaves a flat photo as it is, and finds a camera for an inverted map", () => {
  const flat = new Uint16Array(256 * 144).fill(40_000);
  const { strength, figures } = limitCamera({ ...source({ preset: "auto" }), disparity: flat });
  assert.deepEqual([strength, figures.hiddenAreaPercent, figures.stretchP99], [1, 0, 1]);
  const auto = source({ preset: "auto", fields: MAXIMA });
  const inverted = limitCamera({ ...auto, disparity: auto.disparity.map((d) => 65535 - d) });
  assert.ok(inverted.strength > 0);
  assert.ok(inverted.figures.hiddenAreaPercent <= 1 && inverted.figures.stretchP99 <= 1.5);
});

test("a retry finds the same camera in the stored specification", () => {
  const clip = source({ fields: MAXIMA });
  const again = { ...clip, spec: readSpec(writeSpec(clip.spec)) };
  assert.deepEqual(limitCamera(again), limitCamera(clip));
});
