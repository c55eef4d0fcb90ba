/** What lies on both sides of a map's ramps: disparity and colors, pooled along each ramp. */
import type { Size } from "../geometry/size.js";
import { boxMean } from "./box-mean.js";
import type { Ramps } from "./ramps.js";

/** Places of values in `RampSides.values`. */
export const NEAR = 0;
export const FAR = 1;
/** Mean color, three values. */
export const NEAR_COLOR = 2;
export const FAR_COLOR = 5;
/** Variance of the color around its mean, per channel. */
export const NEAR_VARIANCE = 8;
export const FAR_VARIANCE = 9;
/** How much of a ramp this is: 0 at its outline and for slow or low rises, up to 1. */
export const STRENGTH = 10;
/** Number of values a texel. */
export const SIDE_VALUES = 11;

export interface RampSides extends Size {
  /** 1 where there are values, else 0; [height, width]. */
  readonly mask: Uint8Array;
  /** Interleaved, [height, width, SIDE_VALUES]; colors in [0, 1]. */
  readonly values: Float32Array;
}

/** Half the side of the window over which disparities are pooled, twice one after the other. */
const VALUE_RADIUS = 1;
/** Half the side of the window over which colors are pooled. */
const COLOR_RADIUS = 5;
/**
 * Shares of ramp texels around a texel from which on it belongs to the ramp, and belongs to it
 * wholly. So a gap in a ramp is closed, a lonely texel is none, and the outline is smooth.
 */
const COVERED = { from: 0.3, whole: 0.6 };
/**
 * Standard deviation of a side's color that is added to what was measured: noise, and how a color
 * differs between the place where it is read and the edge.
 */
const COLOR_DEVIATION = 0.05;

/** `rgb` is the photo at the size of the ramps, [height, width, 3] in [0, 255]. */
export function sidesOf(ramps: Ramps, widest: number, rgb: Float32Array): RampSides {
  const { width, height, count } = ramps;
  const planes = Array.from({ length: SIDE_VALUES + 1 }, () => new Float32Array(width * height));
  const COUNT = SIDE_VALUES;
  const set = (plane: number, i: number, value: number) => {
    const to = planes[plane];
    if (to) to[i] = value;
  };
  for (let k = 0; k < count; k++) {
    const i = ramps.texels[k] ?? 0;
    set(COUNT, i, 1);
    set(NEAR, i, ramps.near[k] ?? 0);
    set(FAR, i, ramps.far[k] ?? 0);
    // Fades towards the widest, so that a ramp that becomes a slope has no jump.
    set(STRENGTH, i, Math.min(1, (widest + 1 - (ramps.widths[k] ?? 0)) / (0.4 * widest)));
    for (const [color, square, texels] of [
      [NEAR_COLOR, NEAR_VARIANCE, ramps.nearTexels],
      [FAR_COLOR, FAR_VARIANCE, ramps.farTexels],
    ] as const) {
      const at = 3 * (texels[k] ?? 0);
      let squares = 0;
      for (let c = 0; c < 3; c++) {
        const value = (rgb[at + c] ?? 0) / 255;
        set(color + c, i, value);
        squares += value * value;
      }
      set(square, i, squares);
    }
  }
  const isDisparity = (k: number) => k === NEAR || k === FAR || k === STRENGTH || k === COUNT;
  const once = (plane: Float32Array) => boxMean(plane, ramps, VALUE_RADIUS);
  const colorCount = boxMean(planes[COUNT] ?? new Float32Array(0), ramps, COLOR_RADIUS);
  const pooled = planes.map((plane, k) =>
    isDisparity(k) ? once(once(plane)) : boxMean(plane, ramps, COLOR_RADIUS),
  );
  return normalized(pooled, pooled[COUNT] ?? new Float32Array(0), colorCount, ramps);
}

/** Divides sums by their counts. */
function normalized(
  pooled: readonly Float32Array[],
  covered: Float32Array,
  colorCount: Float32Array,
  { width, height }: Size,
): RampSides {
  const mask = new Uint8Array(width * height);
  const values = new Float32Array(SIDE_VALUES * width * height);
  const at = (plane: number, i: number) => pooled[plane]?.[i] ?? 0;
  for (let i = 0; i < mask.length; i++) {
    const share = covered[i] ?? 0;
    if (share <= COVERED.from) continue;
    mask[i] = 1;
    const o = SIDE_VALUES * i;
    const outline = Math.min(1, (share - COVERED.from) / (COVERED.whole - COVERED.from));
    values[o + NEAR] = at(NEAR, i) / share;
    values[o + FAR] = at(FAR, i) / share;
    values[o + STRENGTH] = (outline * at(STRENGTH, i)) / share;
    const colors = colorCount[i] ?? 1;
    for (const [color, variance] of [
      [NEAR_COLOR, NEAR_VARIANCE],
      [FAR_COLOR, FAR_VARIANCE],
    ] as const) {
      let spread = at(variance, i) / colors;
      for (let c = color; c < color + 3; c++) {
        const mean = at(c, i) / colors;
        values[o + c] = mean;
        spread -= mean * mean;
      }
      values[o + variance] = Math.max(0, spread / 3) + COLOR_DEVIATION ** 2;
    }
  }
  return { width, height, mask, values };
}
