/** The bound framebuffer as RGBA rows from the top: what pictures are made of. */
import type { Size } from "../../../core/clip/size.js";

/** Bytes of a picture. */
export function rgbaBytes({ width, height }: Size): number {
  return 4 * width * height;
}

/** Read into `into` (rgbaBytes long). GL's rows run upwards: they are swapped here. */
export function readRgba(
  gl: WebGL2RenderingContext,
  { width, height }: Size,
  into: Uint8Array,
): void {
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, into);
  const rowBytes = 4 * width;
  const kept = new Uint8Array(rowBytes);
  for (let top = 0, bottom = height - 1; top < bottom; top++, bottom--) {
    const above = into.subarray(top * rowBytes, (top + 1) * rowBytes);
    const below = into.subarray(bottom * rowBytes, (bottom + 1) * rowBytes);
    kept.set(above);
    above.set(below);
    below.set(kept);
  }
}
