/** The uniform table of every program equals the active uniforms of its shaders. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { REFINEMENTS } from "../../../core/scene/mesh/mesh.js";
import { openEffectStage } from "../../../testing/render/effect-stage.js";
import { EFFECT_PASSES } from "./effects/effect-chain.js";
import { RESOLVE } from "./effects/resolve.js";
import { STRAIGHTEN } from "./effects/straighten.js";
import { linkI420Pass } from "./i420-pass.js";
import type { Program } from "./program.js";
import { BEYOND, ScenePrograms, SURFACES } from "./scene-programs.js";
import { StereoPrograms } from "./stereo-programs.js";

const { gl } = await openEffectStage();

type Linked = Pick<Program<string>, "program" | "uniforms">;

function activeUniforms({ program }: Linked): string[] {
  const count = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS) as number;
  return Array.from({ length: count }, (_, i) => gl.getActiveUniform(program, i)?.name ?? "");
}

const i420 = linkI420Pass(gl);
const scene = new ScenePrograms(gl);
const stereo = new StereoPrograms(gl, i420.emptyArray);
const programs: readonly (readonly [string, Program<string>])[] = [
  ...EFFECT_PASSES.map((pass) => [pass.shader, pass.link(gl)] as const),
  ...[...RESOLVE].map(([factor, pass]) => [`resolve by ${factor}`, pass.link(gl)] as const),
  ["straighten", STRAIGHTEN.link(gl)],
  ["luma, one byte per texel", i420.luma(1)],
  ["luma, four bytes per texel", i420.luma(4)],
  ["chroma, one byte per texel", i420.chroma(1)],
  ["chroma, four bytes per texel", i420.chroma(4)],
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
    assert.deepEqual(Object.keys(program.uniforms).sort(), activeUniforms(program).sort());
  });
}
