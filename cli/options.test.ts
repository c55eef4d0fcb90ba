/** What people type becomes a specification, or an error in the server's words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { DegradePolicy } from "../proto/gen/depthmesh/v1/model.js";
import { addSpecOptions, count, parseFrameRate, type SpecOptions, toSpec } from "./options.js";

const parse = (...words: string[]) => {
  const command = addSpecOptions(new Command()).exitOverride();
  return toSpec(command.parse(words, { from: "user" }).opts<SpecOptions>());
};

test("a frame rate is whole, decimal or a fraction, and stays exact", () => {
  assert.deepEqual(parseFrameRate("30"), { numerator: 30, denominator: 1 });
  assert.deepEqual(parseFrameRate("29.97"), { numerator: 2997, denominator: 100 });
  assert.deepEqual(parseFrameRate("30000/1001"), { numerator: 30_000, denominator: 1001 });
  for (const wrong of ["0", "1000", "thirty", "30/0", ""]) {
    assert.throws(() => parseFrameRate(wrong), { reason: "PARAMETER_OUT_OF_RANGE" }, wrong);
  }
});

test("what is not said stays unset, so that the server's defaults hold", () => {
  const spec = parse();
  assert.equal(spec.camera?.preset, "");
  assert.equal(spec.camera?.intensity, undefined);
  assert.equal(spec.clip?.durationSeconds, undefined);
  assert.equal(spec.degradePolicy, DegradePolicy.DEGRADE_POLICY_UNSPECIFIED);
});

test("every option reaches its field", () => {
  const spec = parse(
    ..."--preset orbital --intensity 1.5 --duration 2 --fps 24 --width 640 --height 360 --model m".split(
      " ",
    ),
  );
  assert.equal(spec.camera?.preset, "orbital");
  assert.equal(spec.camera?.intensity, 1.5);
  const { durationSeconds, frameRate, width, height } = spec.clip ?? {};
  assert.deepEqual([durationSeconds, width, height], [2, 640, 360]);
  assert.deepEqual([frameRate?.numerator, frameRate?.denominator], [24, 1]);
  assert.equal(spec.model, "m");
  assert.equal(parse("--no-degrade").degradePolicy, DegradePolicy.DEGRADE_POLICY_FORBID);
});

test("values out of range and no numbers are refused with the range", () => {
  for (const words of [
    ["--intensity", "9"],
    ["--width", "641"],
    ["--duration", " "],
    ["--duration", "soon"],
  ]) {
    assert.throws(() => parse(...words), { reason: "PARAMETER_OUT_OF_RANGE" }, words.join(" "));
  }
  assert.equal(count(1, 5)("3"), 3);
  assert.throws(() => count(1, 5)("2.5"), /from 1 to 5/);
});
