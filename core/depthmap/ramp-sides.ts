/** What lies on both sides of a map's ramps: disparity and colors, pooled along each ramp. */
import type { Size } from "../geometry/size.js";
import { boxMean, boxMeanInPlace } from "./box-mean.js";
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
  const length = ramps.width * ramps.height;
  const planes = Array.from({ length: SIDE_VALUES }, () => new Float32Array(length));
  const plane = (k: number) => planes[k] ?? new Float32Array(0);
  const covered = new Float32Array(length);
  const [near, far, strength] = [plane(NEAR), plane(FAR), plane(STRENGTH)];
  const { texels, widths, count } = ramps;
  for (let k = 0; k < count; k++) {
    const i = texels[k] ?? 0;
    covered[i] = 1;
    near[i] = ramps.near[k] ?? 0;
    far[i] = ramps.far[k] ?? 0;
    // Fades towards the widest, so that a ramp that becomes a slope has no jump.
    strength[i] = Math.min(1, (widest + 1 - (widths[k] ?? 0)) / (0.4 * widest));
  }
  for (const [color, square, places] of [
    [NEAR_COLOR, NEAR_VARIANCE, ramps.nearTexels],
    [FAR_COLOR, FAR_VARIANCE, ramps.farTexels],
  ] as const) {
    const [red, green, blue] = [plane(color), plane(color + 1), plane(color + 2)];
    const squares = plane(square);
    for (let k = 0; k < count; k++) {
      const i = texels[k] ?? 0;
      const at = 3 * (places[k] ?? 0);
      const r = (rgb[at] ?? 0) / 255;
      const g = (rgb[at + 1] ?? 0) / 255;
      const b = (rgb[at + 2] ?? 0) / 255;
      red[i] = r;
      green[i] = g;
      blue[i] = b;
      squares[i] = r * r + g * g + b * b;
    }
  }
  const rows = new Float32Array(length);
  const colorCount = boxMean(covered, ramps, COLOR_RADIUS);
  for (let k = 0; k < SIDE_VALUES; k++) {
    const isDisparity = k === NEAR || k === FAR || k === STRENGTH;
    if (isDisparity) poolTwice(plane(k), ramps, rows);
    else boxMeanInPlace(plane(k), ramps, COLOR_RADIUS, rows);
  }
  poolTwice(covered, ramps, rows);
  return normalized(planes, covered, colorCount, ramps);
}

function poolTwice(plane: Float32Array, size: Size, rows: Float32Array): void {
  boxMeanInPlace(plane, size, VALUE_RADIUS, rows);
  boxMeanInPlace(plane, size, VALUE_RADIUS, rows);
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
