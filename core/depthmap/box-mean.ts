/** Means over square windows in constant time a pixel, by running sums. */
import type { Size } from "../clip/size.js";

/** Mean of `map` [height, width] over (2·radius + 1)² windows, cut at the edges. */
export function boxMean(map: Float32Array, { width, height }: Size, radius: number): Float32Array {
  const rows = new Float32Array(map.length);
  for (let y = 0; y < height; y++) slide(map, rows, y * width, 1, width, radius);
  const result = new Float32Array(map.length);
  columns(rows, result, width, height, radius);
  return result;
}

function slide(
  from: Float32Array,
  to: Float32Array,
  start: number,
  step: number,
  length: number,
  radius: number,
): void {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < Math.min(radius, length); i++) {
    sum += from[start + i * step] ?? 0;
    count += 1;
  }
  for (let i = 0; i < length; i++) {
    if (i + radius < length) {
      sum += from[start + (i + radius) * step] ?? 0;
      count += 1;
    }
    if (i - radius - 1 >= 0) {
      sum -= from[start + (i - radius - 1) * step] ?? 0;
      count -= 1;
    }
    to[start + i * step] = sum / count;
  }
}

/** All columns side by side: row after row keeps the memory access straight. */
function columns(
  from: Float32Array,
  to: Float32Array,
  width: number,
  height: number,
  radius: number,
): void {
  const sums = new Float64Array(width);
  let count = 0;
  const add = (y: number, sign: number) => {
    const row = y * width;
    for (let x = 0; x < width; x++) sums[x] = (sums[x] ?? 0) + sign * (from[row + x] ?? 0);
    count += sign;
  };
  for (let y = 0; y < Math.min(radius, height); y++) add(y, 1);
  for (let y = 0; y < height; y++) {
    if (y + radius < height) add(y + radius, 1);
    if (y - radius - 1 >= 0) add(y - radius - 1, -1);
    const scale = 1 / count;
    const row = y * width;
    for (let x = 0; x < width; x++) to[row + x] = (sums[x] ?? 0) * scale;
  }
}
