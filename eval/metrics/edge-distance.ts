/** How far a map's edges lie from the photo's. */
import type { Size } from "../../core/geometry/size.js";
import { edges } from "./edges.js";

/** Depth has few edges, a photo many. */
const MAP_EDGE_SHARE = 0.05;
const PHOTO_EDGE_SHARE = 0.1;

/**
 * Mean distance in pixels from an edge of `map` to the nearest edge of `luma`, both [height, width]. NaN when either has
 * none.
 */
export function edgeDistance(map: Float32Array, luma: Float32Array, size: Size): number {
  const distance = distanceTo(edges(luma, size, PHOTO_EDGE_SHARE), size);
  let sum = 0;
  let count = 0;
  for (const [i, isEdge] of edges(map, size, MAP_EDGE_SHARE).entries()) {
    if (!isEdge) continue;
    sum += distance[i] ?? 0;
    count += 1;
  }
  return Number.isFinite(sum) && count > 0 ? sum / count : Number.NaN;
}

/**
 * Euclidean distance in pixels of every pixel to the nearest marked one, infinite when none is marked: the lower envelope of
 * parabolas along columns, then rows (Felzenszwalb and Huttenlocher, 2012).
 */
export function distanceTo(marked: Uint8Array, { width, height }: Size): Float32Array {
  const squared = Float64Array.from(marked, (mark) => (mark ? 0 : Number.POSITIVE_INFINITY));
  for (let x = 0; x < width; x++) envelope(squared, x, width, height);
  for (let y = 0; y < height; y++) envelope(squared, y * width, 1, width);
  return Float32Array.from(squared, Math.sqrt);
}

/** min over q of (p − q)² + f(q), in place along one line. */
function envelope(f: Float64Array, start: number, step: number, length: number): void {
  const values = Float64Array.from({ length }, (_, i) => f[start + i * step] ?? 0);
  const sites: number[] = [];
  const from: number[] = [];
  for (let q = 0; q < length; q++) {
    const height = values[q] ?? Number.POSITIVE_INFINITY;
    if (!Number.isFinite(height)) continue;
    let begin = Number.NEGATIVE_INFINITY;
    while (sites.length > 0) {
      const last = sites.at(-1) ?? 0;
      begin = (height + q * q - (values[last] ?? 0) - last * last) / (2 * (q - last));
      if (begin > (from.at(-1) ?? 0)) break;
      sites.pop();
      from.pop();
      begin = Number.NEGATIVE_INFINITY;
    }
    sites.push(q);
    from.push(begin);
  }
  if (sites.length === 0) return;
  for (let p = 0, k = 0; p < length; p++) {
    while (k + 1 < sites.length && (from[k + 1] ?? 0) < p) k += 1;
    const site = sites[k] ?? 0;
    f[start + p * step] = (p - site) ** 2 + (values[site] ?? 0);
  }
}
