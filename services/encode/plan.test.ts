/**
 * Tests the choice between hardware and software encoders, and what happens to orders that this
 * worker cannot encode.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DepthmeshError } from "../../core/errors.js";
import type { EncoderFacts } from "../../core/output/codecs.js";
import type { OutputRequest } from "../../core/output/spec.js";
import { resolveOutputs } from "../../core/spec/resolve-outputs.js";
import { ENCODERS } from "./encoders.js";
import { checkEncodersHere, type PlanConditions, planOutputs } from "./plan.js";

const FRAME = { width: 640, height: 360 };
const FRAME_RATE = { numerator: 30, denominator: 1 };
const only = (...names: string[]) => ENCODERS.filter(({ name }) => names.includes(name));
const BOTH = only("h264_nvenc", "libx264");

/** The name of the chosen encoder, then the codes of the notes. */
function plan(output: OutputRequest, conditions: Partial<PlanConditions> = {}) {
  const { planned, notes } = planOutputs(resolveOutputs([output], FRAME_RATE), {
    ...{ working: BOTH, frame: FRAME, softwareOnly: false },
    ...conditions,
  });
  return [planned[0]?.encoder.name, ...notes.map(({ code }) => code)];
}

test("hardware is used where it works, unless the request names software", () => {
  assert.deepEqual(plan({}), ["h264_nvenc"]);
  assert.deepEqual(plan({ acceleration: "hardware" }), ["h264_nvenc"]);
  assert.deepEqual(plan({ acceleration: "software" }), ["libx264"]);
});

test("software is used for pixel formats and sizes that hardware refuses, and after a failed attempt", () => {
  assert.deepEqual(plan({ pixelFormat: "yuv444p" }), ["libx264"]);
  assert.deepEqual(plan({}, { frame: { width: 640, height: 64 } }), ["libx264"]);
  assert.deepEqual(plan({}, { softwareOnly: true }), ["libx264", "ENCODED_IN_SOFTWARE"]);
  assert.deepEqual(plan({ acceleration: "software" }, { softwareOnly: true }), ["libx264"]);
});

test("a note says that software was used although the request named hardware", () => {
  const request = { acceleration: "hardware" };
  assert.deepEqual(plan(request, { working: only("libx264") }), ["libx264", "ENCODED_IN_SOFTWARE"]);
  assert.deepEqual(plan({}, { working: only("libx264") }), ["libx264"]);
});

test("the preferred encoder of a codec is chosen first", () => {
  const working = only("libaom-av1", "libsvtav1");
  assert.deepEqual(plan({ codec: "av1" }, { working }), ["libsvtav1"]);
  const small = { width: 640, height: 62 };
  assert.deepEqual(plan({ codec: "av1" }, { working, frame: small }), ["libaom-av1"]);
});

test("a codec without a working encoder is refused, and the error lists the codecs that work", () => {
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

const OUTPUTS = resolveOutputs(
  [{ codec: "h264" }, { container: "webm", codec: "vp9" }],
  FRAME_RATE,
);

function facts(name: string, works = true): EncoderFacts {
  const { codec } = ENCODERS.find((row) => row.name === name) ?? assert.fail(name);
  return { name, codec, hardware: "", works, failure: "", framesPerSecond: 1 };
}

const check = (
  workers: Readonly<Record<string, readonly EncoderFacts[]>>,
  { here = only("libx264"), leftToOthers = 100 } = {},
) => checkEncodersHere(OUTPUTS, here, new Map(Object.entries(workers)), leftToOthers);

test("a worker that has all codecs keeps the order", () => {
  check({}, { here: only("libx264", "libvpx-vp9") });
});

test("an order is left to another live worker that has all of its codecs", () => {
  const able = { other: [facts("libx264"), facts("libvpx-vp9")] };
  assert.throws(() => check(able), { reason: "CODEC_ELSEWHERE", metadata: { codec: "vp9" } });
});

test("a worker with only half of the codecs, or with a broken encoder, does not count", () => {
  const unavailable = { reason: "CODEC_UNAVAILABLE" };
  assert.throws(() => check({}), unavailable);
  assert.throws(() => check({ half: [facts("libvpx-vp9")] }), unavailable);
  const broken = [facts("libx264"), facts("libvpx-vp9", false)];
  assert.throws(() => check({ broken }), unavailable);
});

test("the first times an order is left to others even if no worker with its codecs is known yet", () => {
  const first = { leftToOthers: 0 };
  assert.throws(() => check({}, first), { reason: "CODEC_ELSEWHERE" });
  assert.throws(() => check({ half: [facts("libvpx-vp9")] }, first), { reason: "CODEC_ELSEWHERE" });
});
