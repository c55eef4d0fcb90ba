/** Command-line options become a job specification, or an error with the server's wording. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Command } from "commander";
import type { ParameterRow } from "../core/spec/parameters/row.js";
import { FIELD_PARAMETERS } from "../core/spec/parameters.js";
import { DegradePolicy } from "../proto/gen/depthmesh/v1/model.js";
import {
  CachePolicy,
  Codec,
  ComponentKind,
  Container,
  Easing,
  Edges,
  FitMode,
  LoopMode,
  Quality,
  Speed,
} from "../proto/gen/depthmesh/v1/spec.js";
import { readField } from "../wire/spec.js";
import {
  addSetOption,
  addSpecOptions,
  count,
  parseDeadline,
  type SpecOptions,
  toSpec,
} from "./options.js";
import { DEPTH_PARAMETER_NAMES, parameterHelp, parseFrameRate } from "./parameter-option.js";

const folder = mkdtempSync(join(tmpdir(), "depthmesh-options-"));
after(() => rmSync(folder, { recursive: true }));

const parse = (...words: string[]) => {
  const command = addSpecOptions(new Command()).exitOverride();
  return toSpec(command.parse(words, { from: "user" }).opts<SpecOptions>());
};

const parseFor = (files: readonly string[], ...words: string[]) => {
  const command = addSpecOptions(new Command()).exitOverride();
  return toSpec(command.parse(words, { from: "user" }).opts<SpecOptions>(), files).outputs;
};

test("a frame rate is whole, decimal or a fraction, and stays exact", () => {
  assert.deepEqual(parseFrameRate("30"), { numerator: 30, denominator: 1 });
  assert.deepEqual(parseFrameRate("29.97"), { numerator: 2997, denominator: 100 });
  assert.deepEqual(parseFrameRate("30000/1001"), { numerator: 30_000, denominator: 1001 });
  for (const wrong of ["0", "1000", "thirty", "30/0", ""]) {
    assert.throws(() => parseFrameRate(wrong), { reason: "PARAMETER_OUT_OF_RANGE" }, wrong);
  }
});

test("a word where a number belongs is shown as it was written", () => {
  for (const [option, wrong] of [
    ["--duration", "long"],
    ["--fps", "fast"],
    ["--max-size", "5 parrots"],
  ] as const) {
    assert.throws(() => parse(option, wrong), { message: new RegExp(` is ${wrong}; it must be `) });
  }
});

test("options that are not used stay unset, so that the server's defaults apply", () => {
  const spec = parse();
  assert.equal(spec.camera?.preset, "");
  assert.equal(spec.camera?.intensity, undefined);
  assert.equal(spec.clip?.durationSeconds, undefined);
  assert.equal(spec.effects, undefined);
  assert.deepEqual([spec.outputs, spec.motions], [[], []]);
  assert.equal(spec.cachePolicy, CachePolicy.CACHE_POLICY_UNSPECIFIED);
  assert.equal(spec.degradePolicy, DegradePolicy.DEGRADE_POLICY_UNSPECIFIED);
});

test("every option reaches its field", () => {
  const spec = parse(
    ..."--preset orbital --intensity 1.5 --phase 0.25 --loop ping-pong --duration 2 --fps 24".split(
      " ",
    ),
    ..."--width 640 --height 360 --fit pad --ssaa 2 --quality fine --edges stretch --seed 7 --model m".split(
      " ",
    ),
  );
  const { preset, intensity, phase, loop } = spec.camera ?? {};
  assert.deepEqual(
    [preset, intensity, phase, loop],
    ["orbital", 1.5, 0.25, LoopMode.LOOP_MODE_PING_PONG],
  );
  const { durationSeconds, frameRate, width, height, fit, ssaa } = spec.clip ?? {};
  assert.deepEqual([durationSeconds, width, height], [2, 640, 360]);
  assert.deepEqual([fit, ssaa], [FitMode.FIT_MODE_PAD, 2]);
  assert.deepEqual([frameRate?.numerator, frameRate?.denominator], [24, 1]);
  assert.deepEqual([spec.quality, spec.seed, spec.model], [Quality.QUALITY_FINE, 7, "m"]);
  assert.equal(spec.edges, Edges.EDGES_STRETCH);
  const { stills } = parse("--poster-tau", "0.25", "--strip-count", "6");
  assert.deepEqual([stills?.posterTau, stills?.stripCount], [0.25, 6]);
  assert.equal(parse("--longest-side", "720").clip?.longestSide, 720);
  assert.equal(parse("--no-cache").cachePolicy, CachePolicy.CACHE_POLICY_BYPASS);
  assert.equal(parse("--no-degrade").degradePolicy, DegradePolicy.DEGRADE_POLICY_FORBID);
});

test("--set reaches every field of the table", () => {
  for (const row of Object.values<ParameterRow>(FIELD_PARAMETERS)) {
    const value =
      row.kind === "number"
        ? (row.minimum + row.maximum) / 2
        : row.kind === "flag"
          ? false
          : row.choices.at(-1);
    const whole = row.kind === "number" && row.step > 0 ? row.maximum : value;
    const spec = parse("--set", `${row.name}=${whole}`);
    assert.equal(readField(spec, row.name), whole, row.name);
  }
  assert.equal(parse("--set", "clip.frame_rate=30000/1001").clip?.frameRate?.denominator, 1001);
  assert.equal(parseFor(["a.mp4"], "--set", "outputs.crf=30")[0]?.crf, 30);
  const both = parse("--set", "camera.offset.x=1", "--set", "camera.offset.y=0.5");
  assert.deepEqual([both.camera?.offset?.x, both.camera?.offset?.y], [1, 0.5]);
});

test("values out of range, unknown names and repeated assignments are refused", () => {
  for (const [reason, ...words] of [
    ["PARAMETER_OUT_OF_RANGE", "--intensity", "9"],
    ["PARAMETER_OUT_OF_RANGE", "--width", "641"],
    ["PARAMETER_OUT_OF_RANGE", "--duration", " "],
    ["PARAMETER_OUT_OF_RANGE", "--duration", "soon"],
    ["PARAMETER_OUT_OF_RANGE", "--set", "camera.height=1"],
    ["PARAMETER_OUT_OF_RANGE", "--set", "camera.height="],
    ["PARAMETER_OUT_OF_RANGE", "--set", "camera.sticky=yes"],
    ["PARAMETER_UNKNOWN", "--fit", "stretch"],
    ["PARAMETER_UNKNOWN", "--set", "camera.heigth=0.1"],
    ["PARAMETER_UNKNOWN", "--set", "camera.height"],
    ["PARAMETER_UNKNOWN", "--set", "motions.keyframes.keyframes.tau=1"],
    ["PARAMETER_UNKNOWN", "--set", "toString=1"],
    ["PARAMETER_CONFLICT", "--intensity", "1", "--set", "camera.intensity=2"],
    ["PARAMETER_CONFLICT", "--set", "seed=1", "--set", "seed=2"],
    ["PARAMETER_CONFLICT", "--no-cache", "--set", "cache_policy=use"],
  ] as const) {
    assert.throws(() => parse(...words), { reason }, words.join(" "));
  }
  assert.equal(count(1, 5)("3"), 3);
  assert.throws(() => count(1, 5)("2.5"), /from 1 to 5/);
});

test("the file extension selects the container, and settings go to the outputs that take them", () => {
  const [mp4, webm, gif] = parseFor(
    ["a.MP4", "b.webm", "c.gif"],
    ...["--crf", "30", "--loops", "2", "--codec", "av1", "--speed", "slow"],
  );
  assert.deepEqual(
    [mp4?.container, webm?.container, gif?.container],
    [Container.CONTAINER_MP4, Container.CONTAINER_WEBM, Container.CONTAINER_GIF],
  );
  assert.deepEqual([mp4?.codec, webm?.codec, gif?.codec], [Codec.CODEC_AV1, Codec.CODEC_AV1, 0]);
  assert.deepEqual([mp4?.crf, mp4?.loops, mp4?.speed], [30, undefined, Speed.SPEED_SLOW]);
  assert.deepEqual([gif?.crf, gif?.loops, gif?.speed], [undefined, 2, 0]);
});

test("a setting that no output takes and an unknown file extension are refused", () => {
  assert.throws(() => parseFor(["a.mp4"], "--loops", "2"), {
    message: "no output (.mp4) takes outputs.loops; it is for .gif .webp .apng",
  });
  assert.throws(() => parseFor(["a.gif"], "--codec", "h264"), { reason: "PARAMETER_CONFLICT" });
  assert.throws(() => parse("--crf", "20"), /add --output/);
  assert.throws(() => parseFor(["a.avi"]), { reason: "PARAMETER_UNKNOWN" });
});

const SWAY = '{"parameter": "camera.offset.x", "components": [{"kind": "sine", "amplitude": 0.5}]}';
const PULL =
  '[{"parameter": "camera.zoom", "keyframes": [{"tau": 0, "value": 1, "easing": "hold"}, {"tau": 1, "value": 0.8}]},' +
  ' {"parameter": "camera.height", "values": [0.1, 0.2]}]';

test("motions come inline or from a file, and several are combined", () => {
  const file = join(folder, "motions.json");
  writeFileSync(file, PULL);
  const { motions } = parse("--motion", SWAY, "--motion", file);
  assert.deepEqual(
    motions.map(({ parameter }) => parameter),
    ["camera.offset.x", "camera.zoom", "camera.height"],
  );
  const [sway, pull, values] = motions.map(({ kind }) => kind);
  assert.ok(sway?.$case === "components" && pull?.$case === "keyframes");
  assert.deepEqual(values?.$case === "values" && values.value.values, [0.1, 0.2]);
  const [component] = sway.value.components;
  assert.equal(component?.kind, ComponentKind.COMPONENT_KIND_SINE);
  assert.equal(component.amplitude, 0.5);
  assert.equal(component.bias, undefined);
  assert.deepEqual(
    pull.value.keyframes.map(({ easing }) => easing),
    [Easing.EASING_HOLD, Easing.EASING_UNSPECIFIED],
  );
});

test("a text that is not a motion is refused with an explanation", () => {
  for (const [text, expected] of [
    ["{", /not valid JSON/],
    [join(folder, "absent.json"), /ENOENT/],
    ["[1]", /expected object/],
    ['{"parameter": "camera.zoom", "keyframe": []}', /keyframe/],
    ['{"parameter": "camera.zoom", "keyframes": [{"tau": "0", "value": 1}]}', /tau/],
    ['{"parameter": "camera.zoom"}', /exactly one of/],
    ['{"parameter": "camera.zoom", "values": [], "keyframes": []}', /exactly one of/],
    ['{"parameter": "camera.zoom", "components": [{"kind": "saw"}]}', /triangle/],
  ] as const) {
    assert.throws(() => parse("--motion", text), expected, text);
  }
});

test("--target sets both coordinates of the camera's target", () => {
  const { x, y } = parse("--target", "-0.12,0.4").camera?.target ?? {};
  assert.deepEqual([x, y], [-0.12, 0.4]);
  for (const wrong of ["0.3", "0.3,", "a,b", "1,2,3", "5,0", ""]) {
    assert.throws(() => parse("--target", wrong), { reason: "PARAMETER_OUT_OF_RANGE" }, wrong);
  }
  assert.throws(() => parse("--target", "0,0", "--set", "camera.target.x=1"), {
    reason: "PARAMETER_CONFLICT",
  });
});

test("a command that only makes a depth map takes only parameters of the map", () => {
  const command = addSetOption(new Command(), DEPTH_PARAMETER_NAMES).exitOverride();
  const parse = (text: string) =>
    toSpec(command.parse(["--set", text], { from: "user" }).opts<SpecOptions>());
  assert.equal(parse("depth.fatten_pixels=2").depth?.fattenPixels, 2);
  assert.throws(() => parse("camera.height=0.3"), { reason: "PARAMETER_UNKNOWN" });
  const help = parameterHelp(DEPTH_PARAMETER_NAMES);
  assert.match(help, /depth\.invert/);
  assert.doesNotMatch(help, /camera\./);
});

test("the help names every parameter with its range", () => {
  const help = parameterHelp();
  for (const { name } of Object.values(FIELD_PARAMETERS)) assert.ok(help.includes(` ${name} `));
  assert.match(help, /camera\.height .*0 to below 1, default 0\.2/);
  assert.match(help, /~ camera\.height/);
  assert.match(help, / {2}clip\.ssaa/);
});

const NOW_MS = Date.UTC(2026, 0, 31, 12);

test("a deadline is a number of seconds from now, or a time with its zone", () => {
  assert.equal(parseDeadline("1.5", NOW_MS).getTime(), NOW_MS + 1500);
  assert.equal(parseDeadline("2026-01-31T12:00:07Z", NOW_MS).getTime(), NOW_MS + 7000);
  assert.equal(parseDeadline("2026-01-31T13:00+01:00", NOW_MS).getTime(), NOW_MS);
});

test("a deadline that is neither is refused with the value that was given", () => {
  for (const text of ["", " ", "soon", "2026-01-31", "2026-01-31T12:00:00", "1e20", "Infinity"]) {
    assert.throws(() => parseDeadline(text, NOW_MS), {
      reason: "PARAMETER_OUT_OF_RANGE",
      metadata: { field: "deadline", actual: text },
    });
  }
});
