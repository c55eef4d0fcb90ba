/** Draws passes: each is compiled when it is first needed, and kept as long as the context. */
import type { ColorTarget } from "../color-target.js";
import {
  type EffectInput,
  type EffectPass,
  type LinkedEffect,
  SAMPLER_UNITS,
} from "./effect-pass.js";

/** What a pass reads; absent where it does not. */
export type PassSources = Partial<Readonly<Record<keyof typeof SAMPLER_UNITS, ColorTarget>>>;

export class PassRunner {
  readonly #gl: WebGL2RenderingContext;
  readonly #emptyArray: WebGLVertexArrayObject;
  readonly #linked = new Map<EffectPass, LinkedEffect>();

  constructor(gl: WebGL2RenderingContext, emptyArray: WebGLVertexArrayObject) {
    this.#gl = gl;
    this.#emptyArray = emptyArray;
  }

  run(pass: EffectPass, sources: PassSources, into: ColorTarget, input: EffectInput): void {
    const gl = this.#gl;
    const { program, setUniforms } = this.#linkedOf(pass);
    gl.useProgram(program);
    setUniforms(input);
    gl.activeTexture(gl.TEXTURE0 + SAMPLER_UNITS.halved);
    gl.bindTexture(gl.TEXTURE_2D, sources.halved?.texture ?? null);
    gl.activeTexture(gl.TEXTURE0 + SAMPLER_UNITS.picture);
    gl.bindTexture(gl.TEXTURE_2D, sources.picture?.texture ?? null);
    gl.bindFramebuffer(gl.FRAMEBUFFER, into.framebuffer);
    gl.viewport(0, 0, into.size.width, into.size.height);
    gl.disable(gl.DEPTH_TEST);
    gl.bindVertexArray(this.#emptyArray);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  #linkedOf(pass: EffectPass): LinkedEffect {
    const known = this.#linked.get(pass) ?? pass.link(this.#gl);
    this.#linked.set(pass, known);
    return known;
  }
}
