/**
 * Estimates disparity without a model, from hand-made cues of one photo. Each cue has mean 0 and
 * deviation 1.
 */
import type { Size } from "../geometry/size.js";
import { withinShortSide } from "../geometry/size.js";
import { labOf, luma } from "./color.js";
import { gaussianBlur } from "./filters.js";
import type { DisparityMap } from "./post-processing.js";
import { normalize, robustRange } from "./range.js";
import { resize } from "./resize.js";

/** Short side of the small photo on which the cues are computed. */
const CUE_SHORT_SIDE_PIXELS = 192;

/**
 * Weights of the standardized cues, fitted by least squares to ranks of generated scenes
 * (models/training/eval.py --fit).
 */
const WEIGHTS: Readonly<Record<keyof Cues, number>> = {
  height: -0.10798,
  heightSquared: 0.70016,
  center: -0.00169,
  lowerMiddle: 0.05072,
  sharpness: -0.01805,
  saliency: 0.11634,
  sky: -0.12036,
};

/**
 * Relative disparity in [0, 1], 1 = near, of the photo `rgb` [height, width, 3] at `size`, at the
 * size of the cues. It gives a map for any photo; a photo of one color becomes a slope towards its
 * lower edge.
 */
export function heuristicDisparity(rgb: Uint8Array, size: Size): DisparityMap {
  const cueSize = withinShortSide(size, CUE_SHORT_SIDE_PIXELS);
  const cues = cuesOf(resize(rgb, size, cueSize, 3), cueSize);
  const sum = new Float32Array(cueSize.width * cueSize.height);
  for (const [name, weight] of Object.entries(WEIGHTS)) {
    const cue = cues[name as keyof Cues];
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + weight * (cue[i] ?? 0);
  }
  const { width, height } = cueSize;
  return { values: normalize(sum, robustRange(sum)), width, height, edges: "blurred" };
}

export interface Cues {
  /** Position from top to bottom: the ground is nearer at the bottom. */
  readonly height: Float32Array;
  readonly heightSquared: Float32Array;
  /** Close to a point a little below the middle, where subjects stand. */
  readonly center: Float32Array;
  /** Low and in the middle column. */
  readonly lowerMiddle: Float32Array;
  /** Strength of detail. */
  readonly sharpness: Float32Array;
  /** Difference from the colors along the upper border. */
  readonly saliency: Float32Array;
  /** Sky: high in the photo, smooth, bright and blue. */
  readonly sky: Float32Array;
}

/** The cues of `rgb` [height, width, 3] in [0, 255]. */
export function cuesOf(rgb: Float32Array, size: Size): Cues {
  const gray = luma(rgb);
  const lab = labOf(rgb);
  const height = perPixel(size, (_u, v) => v);
  const cues: Cues = {
    height,
    heightSquared: height.map((v) => v * v),
    center: perPixel(size, (u, v) => Math.exp(-((u - 0.5) ** 2 / 0.08 + (v - 0.6) ** 2 / 0.15))),
    lowerMiddle: perPixel(size, (u, v) => -Math.abs(u - 0.5) * v),
    sharpness: sharpness(gray, size),
    saliency: saliency(lab, size),
    sky: sky(gray, lab, size),
  };
  return Object.fromEntries(
    Object.entries(cues).map(([name, cue]) => [name, standardized(cue)]),
  ) as unknown as Cues;
}

/** A map of functions of the position (u, v) in [0, 1]², v downwards. */
function perPixel({ width, height }: Size, value: (u: number, v: number) => number): Float32Array {
  const map = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      map[y * width + x] = value(x / Math.max(1, width - 1), y / Math.max(1, height - 1));
    }
  }
  return map;
}

const LAPLACIAN = { middle: -4, side: 1, corner: 0 };
const DIAGONAL_LAPLACIAN = { middle: -8, side: 0, corner: 2 };

function sharpness(gray: Float32Array, size: Size): Float32Array {
  const detail = convolve(gray, size, DIAGONAL_LAPLACIAN);
  return gaussianBlur(detail.map(Math.abs), size, 7).map((value) => Math.log(value + 0.004));
}

function sky(gray: Float32Array, lab: Float32Array, size: Size): Float32Array {
  const detail = convolve(gray, size, LAPLACIAN);
  const roughness = gaussianBlur(detail.map(Math.abs), size, 4);
  const likely = perPixel(size, (_u, v) => (1 - v) ** 2).map((high, i) => {
    const blue = (lab[3 * i + 2] ?? 0) < -4 ? 0.3 : 0;
    const bright = Math.min(1, Math.max(0, 1.5 * (gray[i] ?? 0) - 0.3 + blue));
    return high * bright * Math.exp(-20 * (roughness[i] ?? 0));
  });
  return gaussianBlur(likely, size, 2);
}

const BORDER_PIXELS = 8;

function saliency(lab: Float32Array, size: Size): Float32Array {
  const border: number[] = [];
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const top = y < BORDER_PIXELS;
      const side = x < BORDER_PIXELS || x >= size.width - BORDER_PIXELS;
      if (top || (side && y < size.height / 2)) border.push(y * size.width + x);
    }
  }
  const distance = new Float32Array(lab.length / 3);
  for (const channel of [0, 1, 2]) {
    const values = border.map((i) => lab[3 * i + channel] ?? 0);
    const { mean, deviation } = moments(values);
    // The fit used 8-bit L*a*b*, whose L* spans 255; eight of its steps are the smallest deviation.
    const floor = channel === 0 ? (8 * 100) / 255 : 8;
    for (let i = 0; i < distance.length; i++) {
      const z = ((lab[3 * i + channel] ?? 0) - mean) / (deviation + floor);
      distance[i] = (distance[i] ?? 0) + z * z;
    }
  }
  return gaussianBlur(distance.map(Math.sqrt), size, 3);
}

/**
 * A symmetric 3 × 3 kernel of a middle, four sides and four corners; beyond the edge the edge
 * repeats.
 */
function convolve(
  map: Float32Array,
  { width, height }: Size,
  { middle, side, corner }: { middle: number; side: number; corner: number },
): Float32Array {
  const result = new Float32Array(map.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const above = Math.max(0, y - 1) * width;
    const below = Math.min(height - 1, y + 1) * width;
    for (let x = 0; x < width; x++) {
      const left = Math.max(0, x - 1);
      const right = Math.min(width - 1, x + 1);
      const sides =
        (map[above + x] ?? 0) +
        (map[below + x] ?? 0) +
        (map[row + left] ?? 0) +
        (map[row + right] ?? 0);
      const corners =
        (map[above + left] ?? 0) +
        (map[above + right] ?? 0) +
        (map[below + left] ?? 0) +
        (map[below + right] ?? 0);
      result[row + x] = middle * (map[row + x] ?? 0) + side * sides + corner * corners;
    }
  }
  return result;
}

function standardized(map: Float32Array): Float32Array {
  const { mean, deviation } = moments(map);
  return map.map((value) => (value - mean) / (deviation + 1e-6));
}

function moments(values: ArrayLike<number>): { mean: number; deviation: number } {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / values.length - mean * mean)) };
}
