/** Largest or smallest value in square windows, in constant time a pixel (van Herk 1992; Gil and Werman 1993). */
import type { Size } from "../geometry/size.js";

/**
 * Near things grown by `radius` pixels where it is positive (largest value of the (2·radius + 1)² window), shrunk where it
 * is negative (smallest value). Windows are cut at the edges. `map` is [height, width].
 */
export function grow(map: Float32Array, { width, height }: Size, radius: number): Float32Array {
  const reach = Math.abs(radius);
  if (reach === 0) return map.slice();
  const pick = radius > 0 ? Math.max : Math.min;
  const worst = radius > 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const result = map.slice();
  const line = lineFilter(Math.max(width, height), reach, pick, worst);
  for (let y = 0; y < height; y++) line(result, y * width, 1, width);
  for (let x = 0; x < width; x++) line(result, x, width, height);
  return result;
}

/** A filter of one line in place: `length` values from `start` on, `step` apart. */
function lineFilter(
  longest: number,
  reach: number,
  pick: (a: number, b: number) => number,
  worst: number,
) {
  const block = 2 * reach + 1;
  // The line with a margin on both sides, in whole blocks.
  const padded = new Float32Array((Math.ceil((longest + 2 * reach) / block) + 1) * block);
  const fromBlockStart = new Float32Array(padded.length);
  const toBlockEnd = new Float32Array(padded.length);
  return (map: Float32Array, start: number, step: number, length: number) => {
    padded.fill(worst);
    for (let i = 0; i < length; i++) padded[reach + i] = map[start + i * step] ?? worst;
    const end = length + 2 * reach;
    for (let i = 0; i < end; i++) {
      const value = padded[i] ?? worst;
      fromBlockStart[i] = i % block === 0 ? value : pick(value, fromBlockStart[i - 1] ?? worst);
    }
    for (let i = end - 1; i >= 0; i--) {
      const value = padded[i] ?? worst;
      const last = i % block === block - 1 || i === end - 1;
      toBlockEnd[i] = last ? value : pick(value, toBlockEnd[i + 1] ?? worst);
    }
    for (let i = 0; i < length; i++) {
      // A window covers the end of one block and the start of the next.
      map[start + i * step] = pick(toBlockEnd[i] ?? worst, fromBlockStart[i + 2 * reach] ?? worst);
    }
  };
}
