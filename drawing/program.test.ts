/** The uniform table of every program equals the active uniforms of its shaders. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { REFINEMENTS } from "../core/scene/mesh/mesh.js";
import { activeUniforms } from "../testing/render/active-uniforms.js";
import { openEffectStage } from "../testing/render/effect-stage.js";
import { EFFECT_PASSES } from "./effects/effect-chain.js";
import { RESOLVE } from "./effects/resolve.js";
import { STRAIGHTEN } from "./effects/straighten.js";
import type { Program } from "./program.js";
import { BEYOND, ScenePrograms, SURFACES } from "./scene-programs.js";
import { StereoPrograms } from "./stereo-programs.js";

const { context, gl } = await openEffectStage();

const scene = new ScenePrograms(context);
const stereo = new StereoPrograms(context);
const programs: readonly (readonly [string, Program<string>])[] = [
  ...EFFECT_PASSES.map((pass) => [pass.shader, pass.link(context)] as const),
  ...[...RESOLVE].map(([factor, pass]) => [`resolve by ${factor}`, pass.link(context)] as const),
  ["straighten", STRAIGHTEN.link(context)],
  ["anaglyph", stereo.anaglyph],
  ["equirect", stereo.equirect],
  ...REFINEMENTS.flatMap((refinement) =>
    BEYOND.flatMap((beyond) =>
      [true, false].flatMap((cutsOut) =>
        SURFACES.map((surface) => {
          const name = `scene, ${refinement}, beyond ${beyond}, cut out ${cutsOut}, ${surface}`;
          return [name, scene.of(refinement, { beyond, cutsOut }, surface)] as const;
        }),
      ),
    ),
  ),
];

for (const [name, program] of programs) {
  test(`${name}: the table equals the active uniforms`, () => {
    assert.deepEqual(Object.keys(program.uniforms).sort(), activeUniforms(gl, program).sort());
  });
}
