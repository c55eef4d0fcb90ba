/**
 * Post-processing passes: how one is defined (shader, uniforms, when it is active), compiled and
 * drawn.
 */
import type { Size } from "../../core/geometry/size.js";
import type { EffectState } from "../../core/scene/effects.js";
import type { ColorTarget } from "../color-target.js";
import { type DrawingContext, linkProgram, type Program } from "../program.js";

/** What a pass may use besides its textures. */
export interface EffectInput {
  readonly effects: EffectState;
  /** The size of the picture in pixels, also for passes of half size. */
  readonly size: Size;
  /** Any 32-bit integer; the same seed gives the same grain. */
  readonly seed: number;
  /** The number of the frame in its clip. */
  readonly frame: number;
}

/** The sampler uniforms that a shader may have, with the texture unit of each. */
export const SAMPLER_UNITS = {
  /**
   * The picture after the passes before this one: RGB, with disparity in alpha up to and including
   * depth of field.
   */
  picture: 0,
  /** The output of the last pass of half size. */
  halved: 1,
  /** The coverage of a picture with transparency, see `straighten.frag`. */
  matte: 2,
} as const;

type Sampler = keyof typeof SAMPLER_UNITS;

export interface LinkedEffect extends Program<string> {
  /** Sets the uniforms of the program, which must be in use. */
  setUniforms(input: EffectInput): void;
}

export interface EffectPass {
  readonly shader: string;
  /** The size of its output: the picture's, or half of it per side. */
  readonly scale: "full" | "half";
  /** Whether these effects need the pass. A pass that no frame needs is never compiled. */
  isActive(effects: EffectState): boolean;
  link(context: DrawingContext): LinkedEffect;
}

interface Definition<U extends string> extends Omit<EffectPass, "link"> {
  /** Preprocessor constants of the shader. */
  readonly defines?: Readonly<Record<string, number>>;
  readonly samplers: readonly Sampler[];
  /** All uniforms of the shader besides its samplers. */
  readonly uniforms: readonly U[];
  set(
    gl: WebGL2RenderingContext,
    uniforms: Readonly<Record<U, WebGLUniformLocation>>,
    input: EffectInput,
  ): void;
}

export function definePass<const U extends string>(definition: Definition<U>): EffectPass {
  const { shader, scale, isActive, samplers, uniforms: own, set, defines = {} } = definition;
  const link = (context: DrawingContext): LinkedEffect => {
    const names = [...samplers, ...own];
    const { program, uniforms } = linkProgram(context, "fullscreen.vert", shader, names, defines);
    const { gl } = context;
    gl.useProgram(program);
    const units: Partial<Record<string, WebGLUniformLocation>> = uniforms;
    for (const name of samplers) gl.uniform1i(units[name] ?? null, SAMPLER_UNITS[name]);
    return { program, uniforms, setUniforms: (input) => set(gl, uniforms, input) };
  };
  return { shader, scale, isActive, link };
}

/** The textures that a pass reads. */
export type PassSources = Partial<Readonly<Record<keyof typeof SAMPLER_UNITS, ColorTarget>>>;

/**
 * Draws passes. A pass is compiled when it is first needed and kept as long as the context lives.
 */
export class PassRunner {
  readonly #context: DrawingContext;
  readonly #linked = new Map<EffectPass, LinkedEffect>();

  constructor(context: DrawingContext) {
    this.#context = context;
  }

  run(pass: EffectPass, sources: PassSources, into: ColorTarget, input: EffectInput): void {
    const { gl, emptyArray } = this.#context;
    const { program, setUniforms } = this.#linkedOf(pass);
    gl.useProgram(program);
    setUniforms(input);
    if (sources.matte) {
      gl.activeTexture(gl.TEXTURE0 + SAMPLER_UNITS.matte);
      gl.bindTexture(gl.TEXTURE_2D, sources.matte.texture);
    }
    gl.activeTexture(gl.TEXTURE0 + SAMPLER_UNITS.halved);
    gl.bindTexture(gl.TEXTURE_2D, sources.halved?.texture ?? null);
    gl.activeTexture(gl.TEXTURE0 + SAMPLER_UNITS.picture);
    gl.bindTexture(gl.TEXTURE_2D, sources.picture?.texture ?? null);
    gl.bindFramebuffer(gl.FRAMEBUFFER, into.framebuffer);
    gl.viewport(0, 0, into.size.width, into.size.height);
    gl.disable(gl.DEPTH_TEST);
    gl.bindVertexArray(emptyArray);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  #linkedOf(pass: EffectPass): LinkedEffect {
    const known = this.#linked.get(pass) ?? pass.link(this.#context);
    this.#linked.set(pass, known);
    return known;
  }
}
