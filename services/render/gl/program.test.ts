/** Every program's uniform table is exactly what its shaders use. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openEffectStage } from "../../../tests/effect-stage.js";
import { EFFECT_PASSES } from "./effects/effect-chain.js";
import { RESOLVE } from "./effects/resolve.js";
import { linkI420Pass } from "./i420-pass.js";
import type { Program } from "./program.js";
import { linkScenePass } from "./scene-pass.js";

const { gl } = await openEffectStage();

function activeUniforms({ program }: Program<string>): string[] {
  const count = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS) as number;
  return Array.from({ length: count }, (_, i) => gl.getActiveUniform(program, i)?.name ?? "");
}

const programs: readonly (readonly [string, Program<string>])[] = [
  ...EFFECT_PASSES.map((pass) => [pass.shader, pass.link(gl)] as const),
  ...[...RESOLVE].map(([factor, pass]) => [`resolve by ${factor}`, pass.link(gl)] as const),
  ["i420", linkI420Pass(gl)],
  ...([0, 1, 2] as const).map((steps) => {
    const { common, refine } = linkScenePass(gl, steps);
    return [`scene refined ${steps}`, refine ?? common] as const;
  }),
];

for (const [name, program] of programs) {
  test(`${name}: the table equals the active uniforms`, () => {
    assert.deepEqual(Object.keys(program.uniforms).sort(), activeUniforms(program).sort());
  });
}
