/** A GL context in which a test gives pictures their effects, without a scene or a camera. */
import createContext from "gl";
import type { Size } from "../core/clip/size.js";
import { type EffectState, NO_EFFECTS } from "../core/scene/effects.js";
import { openDisplay } from "../services/render/display.js";
import { createColorTarget } from "../services/render/gl/color-target.js";
import { EffectChain } from "../services/render/gl/effects/effect-chain.js";
import { PassRunner } from "../services/render/gl/effects/pass-runner.js";

/** Red, green, blue and disparity of a pixel, 0 to 255; y upwards as in GL. */
export type Painter = (x: number, y: number) => readonly [number, number, number, number];

/** RGBA bytes of a size. */
export interface Picture {
  readonly size: Size;
  readonly rgba: Uint8Array;
}

export interface EffectStage {
  readonly gl: WebGL2RenderingContext;
  readonly runner: PassRunner;
  /** The picture with these effects over `NO_EFFECTS`. Throws on a GL error. */
  apply(
    from: Picture,
    effects: Partial<EffectState>,
    grain?: { seed: number; frame: number },
  ): Picture;
  close(): void;
}

export function paint(size: Size, painter: Painter): Picture {
  const rgba = new Uint8Array(4 * size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) rgba.set(painter(x, y), 4 * (y * size.width + x));
  }
  return { size, rgba };
}

/** One a process: `gl` serves one thread only. */
export async function openEffectStage(): Promise<EffectStage> {
  const display = await openDisplay((why) => {
    throw why;
  });
  const gl = createContext(16, 16, { createWebGL2Context: true, antialias: false });
  if (!gl) throw new Error("no GL context");
  const runner = new PassRunner(gl, gl.createVertexArray());
  const apply: EffectStage["apply"] = (from, effects, { seed, frame } = { seed: 0, frame: 0 }) => {
    const { width, height } = from.size;
    const drawn = createColorTarget(gl, from.size);
    gl.bindTexture(gl.TEXTURE_2D, drawn.texture);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, from.rgba);
    const chain = new EffectChain(gl, runner, from.size);
    const state = { ...NO_EFFECTS, ...effects };
    const { framebuffer } = chain.draw(drawn, { effects: state, seed, frame });
    const rgba = new Uint8Array(from.rgba.length);
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
    chain.free();
    drawn.free();
    const error = gl.getError();
    if (error !== gl.NO_ERROR) throw new Error(`GL error 0x${error.toString(16)}`);
    return { size: from.size, rgba };
  };
  const close = () => {
    gl.getExtension("STACKGL_destroy_context")?.destroy();
    display.close();
  };
  return { gl, runner, apply, close };
}
