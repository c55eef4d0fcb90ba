/**
 * Turns ramps into steps: decides for each texel of a ramp on which of its two sides it lies, by
 * the estimate, by its color, and by its neighbors of a similar color.
 */
import type { Size } from "../geometry/size.js";
import { logistic } from "./logistic.js";
import { positions } from "./positions.js";
import {
  FAR,
  FAR_COLOR,
  FAR_VARIANCE,
  NEAR,
  NEAR_COLOR,
  NEAR_VARIANCE,
  type RampSides,
  SIDE_VALUES,
  STRENGTH,
} from "./ramp-sides.js";
import { LEAST_KNOWN, mostTexels, SideLine } from "./side-line.js";

/**
 * Weights of the evidence, in natural units of log odds: what the estimate says at the end of a
 * ramp, the most that a color can say, and what neighbors say that all lie on one side.
 */
const ESTIMATE_ODDS = 3;
const MOST_COLOR_ODDS = 2.5;
const NEIGHBOR_ODDS = 4;
/** Squared difference of means per variance at which a color has half its weight. */
const CHANCE_SEPARATION = 0.5;
/** Rises in disparity that stay as they are, and that become a whole step. */
const RISE = { none: 0.03, whole: 0.06 };
/** Difference of colors, of 255, at which a neighbor's weight is 0.6. */
const SIMILAR_COLOR = 15;
/** Weight of a neighbor of another color: even a texture's step has a smooth outline. */
const LEAST_WEIGHT = 0.02;
const ROUNDS = 3;

/** The texels of ramps at the photo's size; the arrays may be longer than `count`. */
interface Undecided {
  count: number;
  readonly texels: Int32Array;
  readonly near: Float32Array;
  readonly far: Float32Array;
  /** Log odds that the texel lies on the near side, by the estimate and its color. */
  readonly odds: Float32Array;
  readonly strength: Float32Array;
}

/**
 * `smooth` [height, width], the enlarged estimate, with its ramps as steps. `rgb` is the photo at
 * this size, [height, width, 3] in [0, 255].
 */
export function snapRamps(
  smooth: Float32Array,
  sides: RampSides,
  rgb: Uint8Array,
  photo: Size,
): Float32Array {
  const ramps = undecided(smooth, sides, rgb, photo);
  const { texels, near, far, strength, count } = ramps;
  const odds = decide(smooth, ramps, rgb, photo);
  const result = smooth.slice();
  for (let k = 0; k < count; k++) {
    const i = texels[k] ?? 0;
    const side = (odds[k] ?? 0) > 0 ? (near[k] ?? 0) : (far[k] ?? 0);
    result[i] = (smooth[i] ?? 0) + (strength[k] ?? 0) * (side - (smooth[i] ?? 0));
  }
  return result;
}

function undecided(
  smooth: Float32Array,
  sides: RampSides,
  rgb: Uint8Array,
  { width, height }: Size,
): Undecided {
  const columns = positions(sides.width, width);
  const rows = positions(sides.height, height);
  const most = mostTexels(sides, columns, rows);
  const result = {
    count: 0,
    texels: new Int32Array(most),
    near: new Float32Array(most),
    far: new Float32Array(most),
    odds: new Float32Array(most),
    strength: new Float32Array(most),
  };
  const { texels, near, far, odds, strength } = result;
  const line = new SideLine(sides);
  const side = new Float64Array(SIDE_VALUES);
  let count = 0;
  for (let y = 0; y < height; y++) {
    line.moveTo(rows.first[y] ?? 0, rows.fraction[y] ?? 0);
    for (let x = 0; x < width; x++) {
      const known = line.read(columns.first[x] ?? 0, columns.fraction[x] ?? 0, side);
      if (known < LEAST_KNOWN) continue;
      const low = side[FAR] ?? 0;
      const rise = (side[NEAR] ?? 0) - low;
      if (rise <= RISE.none) continue;
      const i = y * width + x;
      const part = Math.min(1, Math.max(0, ((smooth[i] ?? 0) - low) / rise));
      texels[count] = i;
      near[count] = low + rise;
      far[count] = low;
      odds[count] = ESTIMATE_ODDS * (2 * part - 1) + colorOdds(side, rgb, 3 * i);
      const whole = Math.min(1, (rise - RISE.none) / (RISE.whole - RISE.none));
      strength[count] = known * (side[STRENGTH] ?? 0) * whole * whole * (3 - 2 * whole);
      count += 1;
    }
  }
  result.count = count;
  return result;
}

/** Log odds of two normal distributions around the colors of both sides, limited. */
function colorOdds(side: Float64Array, rgb: Uint8Array, at: number): number {
  let toNear = 0;
  let toFar = 0;
  for (let c = 0; c < 3; c++) {
    const value = (rgb[at + c] ?? 0) / 255;
    const fromNear = value - (side[NEAR_COLOR + c] ?? 0);
    const fromFar = value - (side[FAR_COLOR + c] ?? 0);
    toNear += fromNear * fromNear;
    toFar += fromFar * fromFar;
  }
  const near = side[NEAR_VARIANCE] ?? 1;
  const far = side[FAR_VARIANCE] ?? 1;
  const odds =
    reliability(side) * (0.5 * (toFar / far - toNear / near) + 1.5 * Math.log(far / near));
  return Math.max(-MOST_COLOR_ODDS, Math.min(MOST_COLOR_ODDS, odds));
}

/**
 * How far the two sides' colors can be told apart, from 0 to nearly 1: means of a texture differ by
 * chance.
 */
function reliability(side: Float64Array): number {
  let squared = 0;
  for (let c = 0; c < 3; c++) {
    squared += ((side[NEAR_COLOR + c] ?? 0) - (side[FAR_COLOR + c] ?? 0)) ** 2;
  }
  const separation = squared / ((side[NEAR_VARIANCE] ?? 1) + (side[FAR_VARIANCE] ?? 1));
  return separation / (separation + CHANCE_SEPARATION);
}

/** How far away neighbors are asked. */
const REACH = 2;
/** Offsets of the neighbors that are asked: a disc of radius 2. */
const NEIGHBORS = [-2, -1, 0, 1, 2].flatMap((dy) =>
  [-2, -1, 0, 1, 2].flatMap((dx) => {
    const squared = dx * dx + dy * dy;
    return squared > 0 && squared <= REACH ** 2 ? [{ dx, dy }] : [];
  }),
);

/** Weight of a neighbor by its squared difference of color, in sixteenths. */
const WEIGHTS = Float32Array.from({ length: 12_193 }, (_, sixteenth) =>
  Math.max(LEAST_WEIGHT, Math.exp((-16 * sixteenth) / (2 * SIMILAR_COLOR ** 2))),
);

/**
 * Log odds of each texel after a few rounds of mean-field inference: the neighbors' present
 * disparities, weighted by how similar their colors are, are one more piece of evidence.
 */
function decide(
  smooth: Float32Array,
  ramps: Undecided,
  rgb: Uint8Array,
  photo: Size,
): Float32Array {
  const { texels, near, far, odds, count } = ramps;
  const { open, weights, sums } = neighborhoods(ramps, rgb, photo);
  const asked = NEIGHBORS.length;
  // Room for the neighbors of texels at the border, whose weight is 0, so that none needs a check.
  const margin = REACH * photo.width + REACH;
  const offsets = Int32Array.from(NEIGHBORS, ({ dx, dy }) => dy * photo.width + dx + margin);
  let now = new Float32Array(smooth.length + 2 * margin);
  now.set(smooth, margin);
  for (let k = 0; k < count; k++) {
    now[(texels[k] ?? 0) + margin] = between(far[k] ?? 0, near[k] ?? 0, odds[k] ?? 0);
  }
  let next = now.slice();
  const decided = odds.slice(0, count);
  for (let round = 1; round <= ROUNDS; round++) {
    for (let o = 0, n = 0; o < open.length; o++) {
      const k = open[o] ?? 0;
      const i = texels[k] ?? 0;
      const low = far[k] ?? 0;
      const high = near[k] ?? 0;
      const all = sums[o] ?? 0;
      let sum = 0;
      for (let m = 0; m < asked; m++, n++) {
        const value = now[i + (offsets[m] ?? 0)] ?? 0;
        // Twice the distance from the middle of both sides, at most that of the sides themselves:
        // without a branch that no processor can foresee.
        sum += (weights[n] ?? 0) * (Math.abs(value - low) - Math.abs(value - high));
      }
      if (all > 0) {
        const side = sum / all / (high - low);
        // A texel that no neighbor resembles is not told anything.
        decided[k] = (odds[k] ?? 0) + NEIGHBOR_ODDS * Math.min(1, all / 4) * side;
      }
      if (round < ROUNDS) next[i + margin] = between(low, high, 2 * (decided[k] ?? 0));
    }
    [now, next] = [next, now];
  }
  return decided;
}

/** The disparity that is expected between two, by the log odds of the higher one. */
function between(low: number, high: number, odds: number): number {
  return low + (high - low) * logistic(odds);
}

/**
 * The texels that neighbors can still turn over, the weights of their neighbors by how similar
 * their colors are, and the sums of the weights.
 */
function neighborhoods(
  { texels, odds, count }: Undecided,
  rgb: Uint8Array,
  { width, height }: Size,
) {
  const asked = NEIGHBORS.length;
  const offsets = Int32Array.from(NEIGHBORS, ({ dx, dy }) => 3 * (dy * width + dx));
  const all = new Int32Array(count);
  let found = 0;
  for (let k = 0; k < count; k++) {
    if (Math.abs(odds[k] ?? 0) <= NEIGHBOR_ODDS) all[found++] = k;
  }
  const open = all.subarray(0, found);
  const weights = new Float32Array(asked * found);
  const sums = new Float32Array(found);
  for (let o = 0, at = 0; o < found; o++) {
    const i = texels[open[o] ?? 0] ?? 0;
    const x = i % width;
    const y = (i - x) / width;
    const isInside = x >= REACH && y >= REACH && x < width - REACH && y < height - REACH;
    const r = rgb[3 * i] ?? 0;
    const g = rgb[3 * i + 1] ?? 0;
    const b = rgb[3 * i + 2] ?? 0;
    let sum = 0;
    for (let n = 0; n < asked; n++, at++) {
      if (!isInside && isBeyond(x, y, n, width, height)) continue;
      const j = 3 * i + (offsets[n] ?? 0);
      const dr = (rgb[j] ?? 0) - r;
      const dg = (rgb[j + 1] ?? 0) - g;
      const db = (rgb[j + 2] ?? 0) - b;
      const weight = WEIGHTS[(dr * dr + dg * dg + db * db) >> 4] ?? 0;
      weights[at] = weight;
      sum += weight;
    }
    sums[o] = sum;
  }
  return { open, weights, sums };
}

function isBeyond(x: number, y: number, n: number, width: number, height: number): boolean {
  const { dx, dy } = NEIGHBORS[n] ?? { dx: 0, dy: 0 };
  return x + dx < 0 || y + dy < 0 || x + dx >= width || y + dy >= height;
}
