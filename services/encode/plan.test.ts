/** Hardware where it works and may, else software; and a clear word where there is neither. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DepthmeshError } from "../../core/errors.js";
import type { OutputRequest } from "../../core/output/spec.js";
import { resolveOutputs } from "../../core/spec/resolve-outputs.js";
import { ENCODERS } from "./encoders.js";
import { type PlanConditions, planOutputs } from "./plan.js";

const FRAME = { width: 640, height: 360 };
const only = (...names: string[]) => ENCODERS.filter(({ name }) => names.includes(name));
const BOTH = only("h264_nvenc", "libx264");

function plan(output: OutputRequest, conditions: Partial<PlanConditions> = {}) {
  const { planned, notes } = planOutputs(
    resolveOutputs([output], { numerator: 30, denominator: 1 }),
    {
      ...{ working: BOTH, frame: FRAME, softwareOnly: false },
      ...conditions,
    },
  );
  return [planned[0]?.encoder.name, ...notes.map(({ code }) => code)];
}

test("hardware is taken where it works, and software is asked for by name", () => {
  assert.deepEqual(plan({}), ["h264_nvenc"]);
  assert.deepEqual(plan({ acceleration: "hardware" }), ["h264_nvenc"]);
  assert.deepEqual(plan({ acceleration: "software" }), ["libx264"]);
});

test("software makes what hardware cannot: samples, small pictures, and a job that failed before", () => {
  assert.deepEqual(plan({ pixelFormat: "yuv444p" }), ["libx264"]);
  assert.deepEqual(plan({}, { frame: { width: 640, height: 64 } }), ["libx264"]);
  assert.deepEqual(plan({}, { softwareOnly: true }), ["libx264", "ENCODED_IN_SOFTWARE"]);
  assert.deepEqual(plan({ acceleration: "software" }, { softwareOnly: true }), ["libx264"]);
});

test("who asks for hardware is told that software made it", () => {
  const wish = { acceleration: "hardware" };
  assert.deepEqual(plan(wish, { working: only("libx264") }), ["libx264", "ENCODED_IN_SOFTWARE"]);
  assert.deepEqual(plan({}, { working: only("libx264") }), ["libx264"]);
});

test("the preferred encoder of a codec comes first", () => {
  const working = only("libaom-av1", "libsvtav1");
  assert.deepEqual(plan({ codec: "av1" }, { working }), ["libsvtav1"]);
  const small = { width: 640, height: 62 };
  assert.deepEqual(plan({ codec: "av1" }, { working, frame: small }), ["libaom-av1"]);
});

test("a codec that this machine lacks is refused with those that it has", () => {
  assert.throws(
    () => plan({ container: "webm" }, { working: only("libx264", "gif") }),
    (error: DepthmeshError) => {
      assert.equal(error.reason, "CODEC_UNAVAILABLE");
      assert.equal(error.metadata.codec, "vp9");
      assert.equal(error.metadata.known, "h264 gif");
      return true;
    },
  );
});
