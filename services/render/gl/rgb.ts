/** A drawn picture as RGB rows from the top: what stills are made of. */
import type { Size } from "../../../core/geometry/size.js";

/** Bytes of a picture. */
export function rgbBytes({ width, height }: Size): number {
  return 3 * width * height;
}

/**
 * Read the bound framebuffer into `into` (rgbBytes long). GL's rows run upwards, and its alpha is the disparity: the
 * rows are turned around here, and alpha is left out.
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
