/** Edges of a map: where its gradient is strong and strongest across the edge. */
import type { Size } from "../../core/geometry/size.js";

/**
 * One where the Sobel gradient of `map` [height, width] is among the strongest `share` of all pixels, not zero, and no
 * smaller than that of its two neighbors along the gradient; a blurred edge counts at its crest.
 */
export function edges(map: Float32Array, size: Size, share: number): Uint8Array {
  const { width, height } = size;
  const { gx, gy, strength } = sobel(map, size);
  const sorted = strength.slice().sort();
  const threshold = sorted[Math.floor((1 - share) * sorted.length)] ?? 0;
  const result = new Uint8Array(map.length);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const value = strength[i] ?? 0;
      if (value === 0 || value < threshold) continue;
      const step = across(gx[i] ?? 0, gy[i] ?? 0, width);
      const isCrest = value >= (strength[i - step] ?? 0) && value >= (strength[i + step] ?? 0);
      if (isCrest) result[i] = 1;
    }
  }
  return result;
}

/** Offset of the neighbor that the gradient points to, of the four directions the nearest. */
function across(gx: number, gy: number, width: number): number {
  const slope = Math.abs(gy) / (Math.abs(gx) + 1e-12);
  if (slope < Math.tan(Math.PI / 8)) return 1;
  if (slope > Math.tan((3 * Math.PI) / 8)) return width;
  return gx * gy > 0 ? width + 1 : width - 1;
}

function sobel(map: Float32Array, { width, height }: Size) {
  const gx = new Float32Array(map.length);
  const gy = new Float32Array(map.length);
  const strength = new Float32Array(map.length);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const at = (dx: number, dy: number) => map[i + dy * width + dx] ?? 0;
      const right = at(1, -1) + 2 * at(1, 0) + at(1, 1);
      const left = at(-1, -1) + 2 * at(-1, 0) + at(-1, 1);
      const below = at(-1, 1) + 2 * at(0, 1) + at(1, 1);
      const above = at(-1, -1) + 2 * at(0, -1) + at(1, -1);
      gx[i] = right - left;
      gy[i] = below - above;
      strength[i] = Math.hypot(right - left, below - above);
    }
  }
  return { gx, gy, strength };
}
