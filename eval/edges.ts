/** Edges of a depth map, and how far they are from the edges of the photo. */
import type { Size } from "../core/geometry/size.js";

/**
 * Marks the edge pixels of `map` [height, width] with 1: their Sobel gradient is not zero, among
 * the strongest `share` of all pixels, and not smaller than that of their two neighbors along the
 * gradient. A blurred edge is marked at its crest.
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

/** Offset to the neighbor in the direction of the gradient, rounded to one of four directions. */
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

/** Share of edge pixels: a depth map has few, a photo many. */
const MAP_EDGE_SHARE = 0.05;
const PHOTO_EDGE_SHARE = 0.1;

/**
 * Mean distance in pixels from an edge of `map` to the nearest edge of `luma`, both [height,
 * width]. NaN when one of them has no edges.
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
 * Euclidean distance in pixels from every pixel to the nearest marked one; infinite when none is
 * marked. The lower envelope of parabolas along columns, then rows (Felzenszwalb and Huttenlocher,
 * 2012).
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
