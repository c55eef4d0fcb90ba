/** A GL context for tests of effects on pictures, without a scene or a camera. */
import createContext from "gl";
import type { Size } from "../../core/geometry/size.js";
import { type EffectState, NO_EFFECTS } from "../../core/scene/effects.js";
import { type ColorTarget, createColorTarget } from "../../drawing/color-target.js";
import { EffectChain } from "../../drawing/effects/effect-chain.js";
import { PassRunner } from "../../drawing/effects/effect-pass.js";
import { type DrawingContext, drawingContext } from "../../drawing/program.js";
import { openDisplay } from "../../services/render/display.js";
import { shaderFiles } from "../../services/render/gl/shader-files.js";
import { seededRandom } from "../random.js";

/** Red, green, blue and disparity of a pixel, 0 to 255; y points up as in GL. */
export type Painter = (x: number, y: number) => readonly [number, number, number, number];

/** RGBA bytes of a size. */
export interface Picture {
  readonly size: Size;
  readonly rgba: Uint8Array;
}

export interface EffectStage {
  readonly context: DrawingContext;
  readonly gl: WebGL2RenderingContext;
  readonly runner: PassRunner;
  upload(from: Picture): ColorTarget;
  /** Throws on a GL error. */
  read(target: ColorTarget): Picture;
  /** Applies these effects; all others are off. */
  apply(
    from: Picture,
    effects: Partial<EffectState>,
    grain?: { seed: number; frame: number },
  ): Picture;
}

export function paint(size: Size, painter: Painter): Picture {
  const rgba = new Uint8Array(4 * size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) rgba.set(painter(x, y), 4 * (y * size.width + x));
  }
  return { size, rgba };
}

/**
 * Waves and noise at several scales, never near black or white, with the given disparity (0 to
 * 255).
 */
export function textured(disparityAt: (x: number, y: number) => number): Painter {
  const random = seededRandom(1);
  return (x, y) => {
    const wave = 40 * Math.sin(x / 1.5) + 30 * Math.cos(y / 2 + x / 11);
    const noise = () => 128 + wave + 40 * (random() - 0.5);
    return [noise(), noise(), noise(), disparityAt(x, y)];
  };
}

/** The largest difference of R, G or B between two pictures. */
export function mostDifference(a: Picture, b: Picture): number {
  return a.rgba.reduce(
    (most, value, i) => (i % 4 === 3 ? most : Math.max(most, Math.abs(value - (b.rgba[i] ?? 0)))),
    0,
  );
}

/** The byte of a channel (0 red, 1 green, 2 blue) at a pixel. */
export function byteAt({ size, rgba }: Picture, x: number, y: number, channel: number): number {
  return rgba[4 * (y * size.width + x) + channel] ?? Number.NaN;
}

/** Mean and standard deviation of a channel over the pixels that `where` accepts. */
export function statistics(
  picture: Picture,
  channel: number,
  where: (x: number, y: number) => boolean = () => true,
): { mean: number; deviation: number } {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let y = 0; y < picture.size.height; y++) {
    for (let x = 0; x < picture.size.width; x++) {
      if (!where(x, y)) continue;
      const value = byteAt(picture, x, y, channel);
      count += 1;
      sum += value;
      squares += value * value;
    }
  }
  const mean = sum / count;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
}

/** One per process: `gl` works in one thread only. */
export async function openEffectStage(): Promise<EffectStage> {
  // Never closed: `gl` uses the display until the process ends.
  await openDisplay((why) => {
    throw why;
  });
  const gl = createContext(16, 16, { createWebGL2Context: true, antialias: false });
  if (!gl) throw new Error("no GL context");
  const context = drawingContext(gl, shaderFiles);
  const runner = new PassRunner(context);
  const upload: EffectStage["upload"] = ({ size, rgba }) => {
    const target = createColorTarget(gl, size);
    const { width, height } = size;
    gl.bindTexture(gl.TEXTURE_2D, target.texture);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
    return target;
  };
  const read: EffectStage["read"] = ({ framebuffer, size }) => {
    const rgba = new Uint8Array(4 * size.width * size.height);
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.readPixels(0, 0, size.width, size.height, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
    const error = gl.getError();
    if (error !== gl.NO_ERROR) throw new Error(`GL error 0x${error.toString(16)}`);
    return { size, rgba };
  };
  const apply: EffectStage["apply"] = (from, effects, { seed, frame } = { seed: 0, frame: 0 }) => {
    const drawn = upload(from);
    const chain = new EffectChain(gl, runner, from.size);
    const state = { ...NO_EFFECTS, ...effects };
    const picture = read(chain.draw(drawn, { effects: state, seed, frame }));
    chain.free();
    drawn.free();
    return picture;
  };
  return { context, gl, runner, upload, read, apply };
}
