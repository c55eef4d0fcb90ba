/** The quick way to the moved values gives exactly those of the frames that are drawn. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../testing/random.js";
import { type FramePathSpec, framePath } from "./frame-path.js";
import { readState } from "./frame-state.js";
import { LOOP_MODES } from "./loop.js";
import { type Component, EASINGS, type Keyframe, type Motion, WAVE_KINDS } from "./motion.js";
import { movedValues } from "./moved-values.js";
import { PRESET_NAMES } from "./presets.js";

type Random = () => number;
const PARAMETERS = ["camera.height", "camera.offset.x", "camera.zoom", "effects.vignette.decay"];
const FRAMES = 37;
const oneOf = <T>(choices: readonly T[], random: Random): T =>
  choices[Math.floor(choices.length * random())] as T;

function component(random: Random): Component {
  const bias = random() - 0.5;
  const kind = oneOf(["set", "add", ...WAVE_KINDS] as const, random);
  if (kind === "set" || kind === "add") return { kind, bias };
  const [amplitude, cycles, phaseTurns] = [random(), 5 * random(), random()];
  return { kind, amplitude, bias, cycles, phaseTurns, reverse: random() < 0.5 };
}

function motion(random: Random): Motion {
  const parameter = oneOf(PARAMETERS, random);
  const count = 1 + Math.floor(4 * random());
  switch (oneOf(["components", "keyframes", "values"] as const, random)) {
    case "components":
      return {
        ...{ parameter, kind: "components" },
        components: Array.from({ length: count }, () => component(random)),
      };
    case "keyframes":
      return {
        ...{ parameter, kind: "keyframes" },
        keyframes: Array.from(
          { length: count },
          (_, i): Keyframe => ({
            tau: (i + random()) / count,
            value: random(),
            easing: oneOf(EASINGS, random),
          }),
        ),
      };
    case "values":
      return { parameter, kind: "values", values: Array.from({ length: FRAMES }, random) };
  }
}

function madeSpec(random: Random): FramePathSpec {
  const preset = oneOf(PRESET_NAMES, random);
  return {
    camera: {
      ...{ preset, intensity: 2 * random(), phaseTurns: 0, loop: oneOf(LOOP_MODES, random) },
      ...{ holdStartSeconds: 0, holdEndSeconds: 0 },
    },
    clip: { durationSeconds: 1 },
    values: random() < 0.5 ? { "camera.height": random() } : {},
    motions: Array.from({ length: 1 + Math.floor(6 * random()) }, () => motion(random)),
  };
}

test("they equal the values of the frames, for 300 random specifications", () => {
  const random = seededRandom(7);
  for (let run = 0; run < 300; run++) {
    const spec = madeSpec(random);
    const states = framePath(spec, FRAMES);
    const columns = movedValues(spec, FRAMES);
    assert.deepEqual([...columns.keys()], [...new Set(spec.motions.map((each) => each.parameter))]);
    for (const [parameter, values] of columns) {
      const drawn = states.map((state) => readState(state, parameter));
      assert.deepEqual([...values], drawn, `run ${run}: ${parameter}`);
    }
  }
});
