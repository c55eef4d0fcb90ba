/** Resolving motions: the defaults, and every error. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reason } from "../error-reasons.js";
import { DepthmeshError } from "../errors.js";
import { MAX_CLIP_FRAMES } from "../geometry/timing.js";
import type { ParameterRow } from "./parameters/row.js";
import { FIELD_PARAMETERS } from "./parameters.js";
import type { MotionRequest } from "./request.js";
import { MOTION_LIMITS } from "./resolve-motions.js";
import { resolveSpec } from "./resolve-spec.js";

const FRAMES = 90;
const resolve = (motions: readonly MotionRequest[], preset = "still") =>
  resolveSpec(
    { preset, fields: {}, motions, outputs: [], artifacts: [] },
    { models: ["tiny"], maxFrames: MAX_CLIP_FRAMES },
  ).motions;

const parameter = "camera.height";
const keyframes = (...points: [tau: number, value: number][]): MotionRequest => ({
  parameter,
  keyframes: points.map(([tau, value]) => ({ tau, value })),
});
const sine = { kind: "sine", amplitude: 0.1 };

test("absent fields of a motion get their defaults", () => {
  assert.deepEqual(
    resolve([
      {
        parameter,
        keyframes: [
          { tau: 0, value: 0.5 },
          { tau: 1, value: 0.1, easing: "hold" },
        ],
      },
      { parameter, components: [{ kind: "sine", amplitude: 0.05 }, { kind: "add" }] },
    ]),
    [
      {
        parameter,
        kind: "keyframes",
        keyframes: [
          { tau: 0, value: 0.5, easing: "smooth" },
          { tau: 1, value: 0.1, easing: "hold" },
        ],
      },
      {
        parameter,
        kind: "components",
        components: [
          { kind: "sine", amplitude: 0.05, bias: 0, cycles: 1, phaseTurns: 0, reverse: false },
          { kind: "add", bias: 0 },
        ],
      },
    ],
  );
});

test("every parameter marked animatable can be moved, and no other", () => {
  for (const row of Object.values<ParameterRow>(FIELD_PARAMETERS)) {
    const moves = row.kind === "number" && row.animatable;
    const value = row.kind === "number" ? row.minimum + 0.5 * (row.maximum - row.minimum) : 0;
    const motion = { parameter: row.name, keyframes: [{ tau: 0, value }] };
    if (moves) assert.equal(resolve([motion]).length, 1);
    else assert.throws(() => resolve([motion]), { reason: "PARAMETER_CONFLICT" }, row.name);
  }
});

const REFUSED: readonly [string, MotionRequest[], Reason, field: string][] = [
  [
    "an unknown parameter",
    [{ parameter: "camera.heigth", components: [sine] }],
    "PARAMETER_UNKNOWN",
    "motions[0].parameter",
  ],
  [
    "a parameter that stays",
    [{ parameter: "clip.ssaa", components: [sine] }],
    "PARAMETER_CONFLICT",
    "motions[0].parameter",
  ],
  ["no way to move", [{ parameter }], "PARAMETER_CONFLICT", "motions[0]"],
  [
    "two ways to move",
    [{ parameter, components: [sine], values: [] }],
    "PARAMETER_CONFLICT",
    "motions[0]",
  ],
  ["no keyframes", [keyframes()], "PARAMETER_OUT_OF_RANGE", "motions[0].keyframes"],
  [
    "no components",
    [{ parameter, components: [] }],
    "PARAMETER_OUT_OF_RANGE",
    "motions[0].components",
  ],
  [
    "keyframes that go back",
    [keyframes([0, 0.1], [0.5, 0.2], [0.4, 0.3])],
    "PARAMETER_CONFLICT",
    "motions[0].keyframes[2].tau",
  ],
  [
    "keyframes at one place",
    [keyframes([0.5, 0.1], [0.5, 0.2])],
    "PARAMETER_CONFLICT",
    "motions[0].keyframes[1].tau",
  ],
  [
    "a keyframe beyond the motion",
    [keyframes([1.1, 0.1])],
    "PARAMETER_OUT_OF_RANGE",
    "motions[0].keyframes[0].tau",
  ],
  [
    "a keyframe at no number",
    [keyframes([Number.NaN, 0.1])],
    "PARAMETER_OUT_OF_RANGE",
    "motions[0].keyframes[0].tau",
  ],
  [
    "a keyframe of no number",
    [keyframes([0, Number.NaN])],
    "PARAMETER_OUT_OF_RANGE",
    "motions[0].keyframes[0].value",
  ],
  [
    "a keyframe out of the parameter's range",
    [keyframes([0, 1])],
    "PARAMETER_OUT_OF_RANGE",
    "motions[0].keyframes[0].value",
  ],
  [
    "an unknown easing",
    [{ parameter, keyframes: [{ tau: 0, value: 0, easing: "bounce" }] }],
    "PARAMETER_UNKNOWN",
    "motions[0].keyframes[0].easing",
  ],
  [
    "an unknown component",
    [{ parameter, components: [{ kind: "saw" }] }],
    "PARAMETER_UNKNOWN",
    "motions[0].components[0].kind",
  ],
  [
    "a component without end",
    [{ parameter, components: [{ kind: "add", bias: Number.POSITIVE_INFINITY }] }],
    "PARAMETER_OUT_OF_RANGE",
    "motions[0].components[0].bias",
  ],
  [
    "an amplitude of a constant",
    [{ parameter, components: [{ kind: "set", bias: 0.1, amplitude: 0 }] }],
    "PARAMETER_CONFLICT",
    "motions[0].components[0].amplitude",
  ],
  [
    "a direction of a constant",
    [{ parameter, components: [{ kind: "add", reverse: true }] }],
    "PARAMETER_CONFLICT",
    "motions[0].components[0].reverse",
  ],
  [
    "one value too few",
    [{ parameter, values: Array(FRAMES - 1).fill(0) }],
    "PARAMETER_CONFLICT",
    "motions[0].values",
  ],
  ["no values", [{ parameter, values: [] }], "PARAMETER_CONFLICT", "motions[0].values"],
  [
    "a value that is no number",
    [{ parameter, values: [...Array(FRAMES - 1).fill(0), Number.NaN] }],
    "PARAMETER_OUT_OF_RANGE",
    `motions[0].values[${FRAMES - 1}]`,
  ],
  [
    "keyframes twice",
    [keyframes([0, 0.1]), keyframes([0, 0.2])],
    "PARAMETER_CONFLICT",
    "motions[1]",
  ],
  [
    "values over components",
    [
      { parameter, components: [sine] },
      { parameter, values: Array(FRAMES).fill(0.1) },
    ],
    "PARAMETER_CONFLICT",
    "motions[1]",
  ],
  [
    "waves that leave the range",
    [{ parameter, components: [{ kind: "sine", amplitude: 0.5 }] }],
    "PARAMETER_OUT_OF_RANGE",
    parameter,
  ],
  [
    "a curve that swings out of the range between its points",
    [keyframes([0, 0.99], [0.1, 0], [0.9, 0], [1, 0.99])],
    "PARAMETER_OUT_OF_RANGE",
    parameter,
  ],
  [
    "more motions than the limit",
    Array(MOTION_LIMITS.motions + 1).fill({ parameter, components: [{ kind: "add" }] }),
    "PARAMETER_OUT_OF_RANGE",
    "motions",
  ],
  [
    "more keyframes than the limit",
    [keyframes(...Array.from({ length: 1025 }, (_, i): [number, number] => [i / 1024, 0]))],
    "PARAMETER_OUT_OF_RANGE",
    "motions[0].keyframes",
  ],
  [
    "more values than the limit",
    [{ parameter, values: Array(MOTION_LIMITS.allValues + 1).fill(0) }],
    "PARAMETER_OUT_OF_RANGE",
    "motions",
  ],
  [
    "more keyframes in all motions than the limit",
    Array(5).fill(keyframes(...Array.from({ length: 1024 }, (_, i): [number, number] => [i, 0]))),
    "PARAMETER_OUT_OF_RANGE",
    "motions",
  ],
  [
    "more components in all motions than the limit",
    Array(9).fill({ parameter, components: Array(16).fill({ kind: "add" }) }),
    "PARAMETER_OUT_OF_RANGE",
    "motions",
  ],
];
for (const [what, motions, reason, field] of REFUSED) {
  test(`${what}: refused`, () => {
    assert.throws(
      () => resolve(motions),
      (error: DepthmeshError) => {
        assert.ok(error instanceof DepthmeshError);
        assert.equal(error.reason, reason, error.message);
        assert.equal(error.metadata.field, field, error.message);
        return true;
      },
    );
  });
}

test("a value out of range names its frame", () => {
  assert.throws(
    () => resolve([{ parameter, components: [{ kind: "linear", amplitude: 0.9 }] }]),
    /camera\.height is 1 in frame 80 of 90; it must be 0 to below 1/,
  );
});

test("shaking a parameter that keyframes move is no conflict", () => {
  const moved = resolve([
    keyframes([0, 0.2], [1, 0.6]),
    { parameter, components: [{ ...sine, amplitude: 0.02, cycles: 7 }] },
    { parameter, components: [{ kind: "triangle", amplitude: 0.01 }] },
  ]);
  assert.equal(moved.length, 3);
});
