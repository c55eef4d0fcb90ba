/** Means over square windows, in constant time per pixel whatever the radius. */
import type { Size } from "../geometry/size.js";

/** Mean of `map` [height, width] over (2·radius + 1)² windows, cut at the edges. */
export function boxMean(map: Float32Array, size: Size, radius: number): Float32Array {
  const result = map.slice();
  boxMeanInPlace(result, size, radius, new Float32Array(map.length));
  return result;
}

/** The same in place of `map`. `rows` is memory of its length, so that many maps need it once. */
export function boxMeanInPlace(
  map: Float32Array,
  { width, height }: Size,
  radius: number,
  rows: Float32Array,
): void {
  for (let y = 0; y < height; y++) rowMeans(map, rows, y * width, width, radius);
  columnMeans(rows, map, width, height, radius);
}

function rowMeans(
  from: Float32Array,
  to: Float32Array,
  start: number,
  width: number,
  radius: number,
): void {
  let sum = 0;
  const end = start + width;
  const reach = Math.min(radius, width);
  for (let i = start; i < start + reach; i++) sum += from[i] ?? 0;
  // Windows cut by the left edge, whole windows, and windows cut by the right edge: the loop over
  // whole windows needs no conditions.
  const wholeFrom = Math.min(end, start + radius + 1);
  const wholeTo = Math.max(wholeFrom, end - radius);
  for (let i = start; i < wholeFrom; i++) {
    if (i + radius < end) sum += from[i + radius] ?? 0;
    to[i] = sum / (Math.min(end, i + radius + 1) - start);
  }
  const scale = 1 / (2 * radius + 1);
  for (let i = wholeFrom; i < wholeTo; i++) {
    sum += (from[i + radius] ?? 0) - (from[i - radius - 1] ?? 0);
    to[i] = sum * scale;
  }
  for (let i = wholeTo; i < end; i++) {
    sum -= from[i - radius - 1] ?? 0;
    to[i] = sum / (end - Math.max(start, i - radius));
  }
}

/** All columns at once, row by row, so that memory is accessed in order. */
function columnMeans(
  from: Float32Array,
  to: Float32Array,
  width: number,
  height: number,
  radius: number,
): void {
  const sums = new Float64Array(width);
  const zeros = new Float32Array(width);
  const row = (y: number) =>
    y >= 0 && y < height ? from.subarray(y * width, (y + 1) * width) : zeros;
  for (let y = 0; y < Math.min(radius, height); y++) {
    const entering = row(y);
    for (let x = 0; x < width; x++) sums[x] = (sums[x] ?? 0) + (entering[x] ?? 0);
  }
  for (let y = 0; y < height; y++) {
    const entering = row(y + radius);
    const leaving = row(y - radius - 1);
    const rows = Math.min(height, y + radius + 1) - Math.max(0, y - radius);
    const scale = 1 / rows;
    const out = y * width;
    for (let x = 0; x < width; x++) {
      const sum = (sums[x] ?? 0) + ((entering[x] ?? 0) - (leaving[x] ?? 0));
      sums[x] = sum;
      to[out + x] = sum * scale;
    }
  }
}
