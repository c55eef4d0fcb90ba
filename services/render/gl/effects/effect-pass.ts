/** One step of what is done to a drawn picture: a fragment shader, its uniforms, and when it is needed. */
import type { Size } from "../../../../core/geometry/size.js";
import type { EffectState } from "../../../../core/scene/effects.js";
import type { ColorTarget } from "../color-target.js";
import { linkProgram, type Program } from "../program.js";

/** What a pass may look at besides its textures. */
export interface EffectInput {
  readonly effects: EffectState;
  /** Of the picture in pixels, at full size. */
  readonly size: Size;
  /** Any integer of 32 bits; the same gives the same grain. */
  readonly seed: number;
  /** Number of the frame in its clip. */
  readonly frame: number;
}

/** Textures that a shader may read, by the texture unit they are bound to. */
export const SAMPLER_UNITS = {
  /** The picture as the passes before left it: RGB, and disparity in alpha until depth of field is done. */
  picture: 0,
  /** What the last pass of half size made. */
  halved: 1,
} as const;

type Sampler = keyof typeof SAMPLER_UNITS;

export interface LinkedEffect extends Program<string> {
  /** Set the uniforms of the program, which must be in use. */
  setUniforms(input: EffectInput): void;
}

export interface EffectPass {
  readonly shader: string;
  /** Size of what it makes: the picture's, or half of that. */
  readonly scale: "full" | "half";
  /** Whether these effects need the pass. A pass that no frame needs is not compiled. */
  isActive(effects: EffectState): boolean;
  link(gl: WebGL2RenderingContext): LinkedEffect;
}

interface Definition<U extends string> extends Omit<EffectPass, "link"> {
  /** Constants of the shader. */
  readonly defines?: Readonly<Record<string, number>>;
  readonly samplers: readonly Sampler[];
  /** All others that the shader has. */
  readonly uniforms: readonly U[];
  set(
    gl: WebGL2RenderingContext,
    uniforms: Readonly<Record<U, WebGLUniformLocation>>,
    input: EffectInput,
  ): void;
}

export function definePass<const U extends string>(definition: Definition<U>): EffectPass {
  const { shader, scale, isActive, samplers, uniforms: own, set, defines = {} } = definition;
  const link = (gl: WebGL2RenderingContext): LinkedEffect => {
    const names = [...samplers, ...own];
    const { program, uniforms } = linkProgram(gl, "fullscreen.vert", shader, names, defines);
    gl.useProgram(program);
    const units: Partial<Record<string, WebGLUniformLocation>> = uniforms;
    for (const name of samplers) gl.uniform1i(units[name] ?? null, SAMPLER_UNITS[name]);
    return { program, uniforms, setUniforms: (input) => set(gl, uniforms, input) };
  };
  return { shader, scale, isActive, link };
}

/** The textures that a pass reads. */
export type PassSources = Partial<Readonly<Record<keyof typeof SAMPLER_UNITS, ColorTarget>>>;

/** Draws passes. A pass is compiled when it is first needed and kept as long as the context lives. */
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
