/** The uniform table of the passes to I420 equals the active uniforms of their shaders. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { activeUniforms } from "../../../testing/render/active-uniforms.js";
import { openEffectStage } from "../../../testing/render/effect-stage.js";
import { linkI420Pass } from "./i420-pass.js";

const { context, gl } = await openEffectStage();
const passes = linkI420Pass(context);

for (const plane of ["luma", "chroma"] as const) {
  for (const bytes of [1, 4] as const) {
    test(`${plane}, ${bytes} bytes per texel: the table equals the active uniforms`, () => {
      const program = passes[plane](bytes);
      assert.deepEqual(Object.keys(program.uniforms), activeUniforms(gl, program));
    });
  }
}
