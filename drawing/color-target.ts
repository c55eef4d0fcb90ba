/** Color targets: textures that a pass draws to and later passes read from. */
import type { Size } from "../core/geometry/size.js";
import { checkErrors } from "./driver.js";

export interface ColorTarget {
  readonly size: Size;
  readonly framebuffer: WebGLFramebuffer;
  readonly texture: WebGLTexture;
  free(): void;
}

/** Bytes per texel: 1 for red alone, 4 for red, green, blue and alpha. */
export type TexelBytes = 1 | 4;

/**
 * Creates a target with bilinear filtering, clamped at its edges, and leaves its framebuffer bound.
 * Throws OutOfMemoryError, or an Error where the driver supports no framebuffer of this size;
 * nothing is left allocated then.
 */
export function createColorTarget(
  gl: WebGL2RenderingContext,
  size: Size,
  texelBytes: TexelBytes = 4,
): ColorTarget {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, texelBytes === 4 ? gl.RGBA8 : gl.R8, size.width, size.height);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  const framebuffer = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  const free = () => {
    gl.deleteFramebuffer(framebuffer);
    gl.deleteTexture(texture);
  };
  const target = { size, framebuffer, texture, free };
  checkComplete(gl, target);
  return target;
}

/** Frees the target and throws where the bound framebuffer is not complete. */
export function checkComplete(
  gl: WebGL2RenderingContext,
  { size, free }: Pick<ColorTarget, "size" | "free">,
): void {
  if (gl.checkFramebufferStatus(gl.FRAMEBUFFER) === gl.FRAMEBUFFER_COMPLETE) return;
  free();
  // The driver may have set an error flag. It must not stay set for the next command.
  checkErrors(gl, `a target of ${size.width}×${size.height}`);
  throw new Error(`the driver supports no framebuffer of ${size.width}×${size.height}`);
}

/** Size in bytes of an RGB picture as `readRgb` reads it. */
export function rgbBytes({ width, height }: Size): number {
  return 3 * width * height;
}

/**
 * Reads the bound framebuffer into `into` (rgbBytes long) as RGB, the top row first. GL's first row
 * is the bottom one, so the rows are reversed; alpha, which holds the disparity, is left out.
 */
export function readRgb(
  gl: WebGL2RenderingContext,
  { width, height }: Size,
  into: Uint8Array,
): void {
  const rgba = new Uint8Array(4 * width * height);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
  let at = 0;
  for (let row = height - 1; row >= 0; row--) {
    const end = 4 * width * (row + 1);
    for (let pixel = 4 * width * row; pixel < end; pixel += 4) {
      into[at++] = rgba[pixel] ?? 0;
      into[at++] = rgba[pixel + 1] ?? 0;
      into[at++] = rgba[pixel + 2] ?? 0;
    }
  }
}

/** Size in bytes of an RGBA picture as `readRgba` reads it. */
export function rgbaBytes({ width, height }: Size): number {
  return 4 * width * height;
}

/** Reads the bound framebuffer into `into` (rgbaBytes long) as RGBA, the top row first. */
export function readRgba(
  gl: WebGL2RenderingContext,
  { width, height }: Size,
  into: Uint8Array,
): void {
  const rgba = new Uint8Array(4 * width * height);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
  const rowBytes = 4 * width;
  for (let row = 0; row < height; row++) {
    const from = rowBytes * (height - 1 - row);
    into.set(rgba.subarray(from, from + rowBytes), rowBytes * row);
  }
}
