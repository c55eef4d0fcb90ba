/** Orders for codecs that are not here: on to who has them, or the end of the job. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EncoderFacts } from "../../core/output/encoder-facts.js";
import { resolveOutputs } from "../../core/spec/resolve-outputs.js";
import { checkMadeHere } from "./encoder-availability.js";
import { ENCODERS } from "./encoders.js";

const HERE = ENCODERS.filter(({ name }) => name === "libx264");
const OUTPUTS = resolveOutputs([{ codec: "h264" }, { container: "webm", codec: "vp9" }], {
  numerator: 30,
  denominator: 1,
});

function facts(name: string, works = true): EncoderFacts {
  const { codec } = ENCODERS.find((row) => row.name === name) ?? assert.fail(name);
  return { name, codec, hardware: "", works, failure: "", framesPerSecond: 1 };
}

const check = (
  others: Readonly<Record<string, readonly EncoderFacts[]>>,
  { here = HERE, leftToOthers = 100 } = {},
) => checkMadeHere(OUTPUTS, here, new Map(Object.entries(others)), leftToOthers);

test("what can be made here stays here", () => {
  check({}, { here: [...HERE, ...ENCODERS.filter(({ codec }) => codec === "vp9")] });
});

test("a live worker with all of the codecs gets the order", () => {
  const able = { other: [facts("libx264"), facts("libvpx-vp9")] };
  assert.throws(() => check(able), { reason: "CODEC_ELSEWHERE", metadata: { codec: "vp9" } });
});

test("a worker that has half of them, or an encoder that does not work, is no reason to wait for long", () => {
  const unavailable = { reason: "CODEC_UNAVAILABLE" };
  assert.throws(() => check({}), unavailable);
  assert.throws(() => check({ half: [facts("libvpx-vp9")] }), unavailable);
  const broken = [facts("libx264"), facts("libvpx-vp9", false)];
  assert.throws(() => check({ broken }), unavailable);
});

test("a worker that starts first waits for what the others will say", () => {
  const first = { leftToOthers: 0 };
  assert.throws(() => check({}, first), { reason: "CODEC_ELSEWHERE" });
  assert.throws(() => check({ half: [facts("libvpx-vp9")] }, first), { reason: "CODEC_ELSEWHERE" });
});
