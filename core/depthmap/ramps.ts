/**
 * Finds the ramps of a disparity map: depth discontinuities that an estimator has blurred. A ramp
 * is a short rise between two calmer parts of the profile along the gradient. A slope that goes on
 * is a surface and no ramp.
 */
import type { Size } from "../geometry/size.js";

/** The ramps of a map, on its texels. The arrays have one value for each texel of a ramp. */
export interface Ramps extends Size {
  /** Number of texels; the arrays may be longer. */
  readonly count: number;
  /** Places in the map, in order. */
  readonly texels: Int32Array;
  /** Disparity just beyond the ramp, on both sides. */
  readonly near: Float32Array;
  readonly far: Float32Array;
  /** Places just beyond the ramp, on both sides. */
  readonly nearTexels: Int32Array;
  readonly farTexels: Int32Array;
  /** Width of the ramp in texels. */
  readonly widths: Uint8Array;
}

/** Rise in disparity below which there is no ramp. */
const MIN_RISE = 0.03;
/** Gradient in disparity per texel below which no profile is read. */
const MIN_GRADIENT = 0.003;
/** A ramp ends where its profile rises by less than this share of its steepest part. */
const CALM_SHARE = 0.25;

/** The ramps of `map` [height, width], values in [0, 1], that are at most `widest` texels wide. */
export function findRamps(map: Float32Array, size: Size, widest: number): Ramps {
  const { width, height } = size;
  const ramps = {
    ...{ width, height, count: 0 },
    texels: new Int32Array(map.length),
    near: new Float32Array(map.length),
    far: new Float32Array(map.length),
    nearTexels: new Int32Array(map.length),
    farTexels: new Int32Array(map.length),
    widths: new Uint8Array(map.length),
  };
  const profile = new Profile(map, size, widest);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const above = Math.max(0, y - 1) * width;
    const below = Math.min(height - 1, y + 1) * width;
    for (let x = 0; x < width; x++) {
      const left = Math.max(0, x - 1);
      const right = Math.min(width - 1, x + 1);
      const a = map[above + left] ?? 0;
      const b = map[above + right] ?? 0;
      const c = map[below + left] ?? 0;
      const d = map[below + right] ?? 0;
      const gx = (b - a + 2 * ((map[row + right] ?? 0) - (map[row + left] ?? 0)) + d - c) / 8;
      const gy = (c - a + 2 * ((map[below + x] ?? 0) - (map[above + x] ?? 0)) + d - b) / 8;
      const slope = Math.sqrt(gx * gx + gy * gy);
      if (slope < MIN_GRADIENT || !profile.read(x, y, gx / slope, gy / slope)) continue;
      const k = ramps.count++;
      ramps.texels[k] = row + x;
      ramps.near[k] = profile.near;
      ramps.far[k] = profile.far;
      ramps.nearTexels[k] = profile.nearTexel;
      ramps.farTexels[k] = profile.farTexel;
      ramps.widths[k] = profile.width;
    }
  }
  return ramps;
}

/** The map along a line through a texel, in steps of one texel; kept between texels for speed. */
class Profile {
  near = 0;
  far = 0;
  nearTexel = 0;
  farTexel = 0;
  width = 0;
  readonly #map: Float32Array;
  readonly #size: Size;
  readonly #widest: number;
  readonly #reach: number;
  readonly #samples: Float64Array;

  constructor(map: Float32Array, size: Size, widest: number) {
    this.#map = map;
    this.#size = size;
    this.#widest = widest;
    this.#reach = widest + 1;
    this.#samples = new Float64Array(2 * this.#reach + 1);
  }

  /** Reads it uphill along the unit vector (ux, uy). Whether the texel lies on a ramp. */
  read(x: number, y: number, ux: number, uy: number): boolean {
    const reach = this.#reach;
    const last = 2 * reach;
    this.#sample(x, y, ux, uy);
    // The steepest part, found by going to steeper parts from here.
    let steepest = this.#rise(reach) > this.#rise(reach - 1) ? reach : reach - 1;
    while (steepest < last - 1 && this.#rise(steepest + 1) > this.#rise(steepest)) steepest += 1;
    while (steepest > 0 && this.#rise(steepest - 1) > this.#rise(steepest)) steepest -= 1;
    const calm = CALM_SHARE * this.#rise(steepest);
    let end = steepest + 1;
    while (end < last && this.#rise(end) >= calm) end += 1;
    let start = steepest;
    while (start > 0 && this.#rise(start - 1) >= calm) start -= 1;
    if (start === 0 || end === last || end - start > this.#widest) return false;
    if (reach < start - 1 || reach > end + 1) return false;
    // One step further, unless the profile turns there: a thin thing has only a crest.
    const before = this.#rise(start - 1) > 0 ? start - 1 : start;
    const beyond = this.#rise(end) > 0 ? end + 1 : end;
    this.far = this.#samples[before] ?? 0;
    this.near = this.#samples[beyond] ?? 0;
    this.width = end - start;
    if (this.near - this.far < MIN_RISE) return false;
    this.farTexel = this.#place(x + (before - reach) * ux, y + (before - reach) * uy);
    this.nearTexel = this.#place(x + (beyond - reach) * ux, y + (beyond - reach) * uy);
    return true;
  }

  /** Fills `#samples`, the middle one with the value at (x, y). */
  #sample(x: number, y: number, ux: number, uy: number): void {
    const map = this.#map;
    const samples = this.#samples;
    const { width, height } = this.#size;
    const reach = this.#reach;
    const margin = reach + 1;
    const isInside = x >= margin && y >= margin && x < width - margin && y < height - margin;
    for (let k = -reach; k <= reach; k++) {
      const u = x + k * ux;
      const v = y + k * uy;
      if (!isInside) {
        samples[k + reach] = this.#at(u, v);
        continue;
      }
      // As #at, where no index can lie beyond the map.
      const left = u | 0;
      const top = v | 0;
      const i = top * width + left;
      const a = map[i] ?? 0;
      const b = map[i + 1] ?? 0;
      const c = map[i + width] ?? 0;
      const d = map[i + width + 1] ?? 0;
      const upper = a + (u - left) * (b - a);
      const lower = c + (u - left) * (d - c);
      samples[k + reach] = upper + (v - top) * (lower - upper);
    }
  }

  #rise(k: number): number {
    return (this.#samples[k + 1] ?? 0) - (this.#samples[k] ?? 0);
  }

  #place(x: number, y: number): number {
    const { width, height } = this.#size;
    const column = Math.min(width - 1, Math.max(0, Math.round(x)));
    return Math.min(height - 1, Math.max(0, Math.round(y))) * width + column;
  }

  /** The map between texels, bilinearly; its edges go on beyond it. */
  #at(x: number, y: number): number {
    const map = this.#map;
    const { width, height } = this.#size;
    const u = Math.min(width - 1, Math.max(0, x));
    const v = Math.min(height - 1, Math.max(0, y));
    const left = Math.floor(u);
    const top = Math.floor(v);
    const i = top * width + left;
    const below = top + 1 < height ? i + width : i;
    const step = left + 1 < width ? 1 : 0;
    const fraction = u - left;
    const upper = (map[i] ?? 0) + fraction * ((map[i + step] ?? 0) - (map[i] ?? 0));
    const lower = (map[below] ?? 0) + fraction * ((map[below + step] ?? 0) - (map[below] ?? 0));
    return upper + (v - top) * (lower - upper);
  }
}
