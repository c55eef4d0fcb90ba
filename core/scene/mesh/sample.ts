/** Reading a disparity map between its texels. */
import type { Size } from "../../geometry/size.js";

/** Bilinear disparity in [0, 1] at (u, v) in [0, 1]², v downwards; texel centers at (i + ½) / n, edges clamped. */
export function sample(map: Uint16Array, { width, height }: Size, u: number, v: number): number {
  const x = Math.min(width - 1, Math.max(0, u * width - 0.5));
  const y = Math.min(height - 1, Math.max(0, v * height - 0.5));
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const x1 = Math.min(width - 1, x0 + 1);
  const y1 = Math.min(height - 1, y0 + 1);
  const fx = x - x0;
  const fy = y - y0;
  const at = (row: number, column: number) => map[row * width + column] ?? 0;
  const top = at(y0, x0) * (1 - fx) + at(y0, x1) * fx;
  const bottom = at(y1, x0) * (1 - fx) + at(y1, x1) * fx;
  return (top * (1 - fy) + bottom * fy) / 65535;
}
