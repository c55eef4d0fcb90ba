/**
 * Makes steps of the ramps that estimators, enlarging and blurring leave where a near thing ends, so
 * that the map can be cut there. Each texel of a ramp takes the disparity of that end whose color
 * it has.
 */
import type { Size } from "../../geometry/size.js";
import { IntList } from "./wave.js";

/** Longest half of a ramp, in texels. What rises for longer is a slope. */
const REACH_TEXELS = 9;

/** A ramp ends where it rises by less than this fraction of its steepest step. */
const FLAT = 0.25;

/** Texels beyond the ends of a ramp where the colors of both sides are taken from. */
const OUTWARDS = 5;

/** Variance of a side's color in squared levels, per channel, that is not seen in few texels. */
const LEAST_VARIANCE = 12 ** 2;

/** Most that one texel's color says, and what its place on the ramp says at most twice. */
const MOST_BY_COLOR = 3;
const BY_PLACE = 4;

/** A ramp of which one step has more than this fraction is a step already. */
const IS_STEP = 0.6;

/** Least height of a ramp, in least cuts. */
const LEAST_HEIGHT = 1.5;

/** Passes that smooth the choice between the two ends, so that the rim is not ragged. */
const PASSES = 3;

/** Difference of colors in levels at which neighbors count half. */
const ALIKE = 20;

/** Texels of ramps for each texel beside a step up to which a map counts as sharp. */
const PER_STEP = 2;

interface Ramps {
  /** The texels of all ramps. */
  readonly texels: Int32Array;
  /** For each texel of the map its number in `texels`, −1 for others. */
  readonly numbers: Int32Array;
  readonly near: Uint16Array;
  readonly far: Uint16Array;
  /** Positive for the near end. */
  readonly choice: Float32Array;
}

/**
 * `disparity` [height, width] with steps in place of ramps higher than `least` (16-bit); `photo` is
 * RGB in [0, 255] on the same texels. Slopes stay as they are, and so does a map whose `steps` (how
 * many of its texels lie beside one) are many: its ramps are real.
 */
export function sharpened(
  disparity: Uint16Array,
  size: Size,
  photo: Float32Array,
  least: number,
  steps: number,
): Uint16Array {
  const ramps = findRamps(disparity, size, photo, least);
  if (ramps.texels.length <= PER_STEP * steps) return disparity;
  const choice = smoothed(ramps, size, photo);
  const result = disparity.slice();
  ramps.texels.forEach((texel, number) => {
    const end = (choice[number] ?? 0) > 0 ? ramps.near[number] : ramps.far[number];
    result[texel] = end ?? 0;
  });
  return result;
}

function findRamps(disparity: Uint16Array, size: Size, photo: Float32Array, least: number): Ramps {
  const { width, height } = size;
  const texels = new IntList();
  const near = new IntList();
  const far = new IntList();
  const choices: number[] = [];
  const numbers = new Int32Array(disparity.length).fill(-1);
  const gentle = least / 6;
  const up = newEnd();
  const down = newEnd();
  const nearSide = newSide();
  const farSide = newSide();
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const left = disparity[x > 0 ? at - 1 : at] ?? 0;
      const right = disparity[x + 1 < width ? at + 1 : at] ?? 0;
      const above = disparity[y > 0 ? at - width : at] ?? 0;
      const below = disparity[y + 1 < height ? at + width : at] ?? 0;
      const slopeX = (right - left) / 2;
      const slopeY = (below - above) / 2;
      const steepness = Math.max(Math.abs(slopeX), Math.abs(slopeY));
      if (steepness < gentle) continue;
      // One texel along the steeper axis at each step.
      const stepX = slopeX / steepness;
      const stepY = slopeY / steepness;
      walk(disparity, size, x, y, stepX, stepY, 1, steepness, up);
      if (!up.ends || up.steps === 0) continue;
      walk(disparity, size, x, y, -stepX, -stepY, -1, Math.max(steepness, up.steepest), down);
      if (!down.ends || down.steps === 0) continue;
      const rise = up.disparity - down.disparity;
      if (rise < LEAST_HEIGHT * least) continue;
      if (Math.max(up.steepest, down.steepest) > IS_STEP * rise) continue;
      const position = ((disparity[at] ?? 0) - down.disparity) / rise;
      numbers[at] = texels.length;
      texels.push(at);
      near.push(up.disparity);
      far.push(down.disparity);
      lookBeyond(size, photo, up, stepX, stepY, nearSide);
      lookBeyond(size, photo, down, -stepX, -stepY, farSide);
      choices.push(evidence(photo, at, nearSide, farSide, position));
    }
  }
  return {
    texels: texels.taken(),
    numbers,
    near: Uint16Array.from(near.taken()),
    far: Uint16Array.from(far.taken()),
    choice: Float32Array.from(choices),
  };
}

/** Where a ramp ends in one direction. */
interface End {
  x: number;
  y: number;
  disparity: number;
  steepest: number;
  steps: number;
  /** False where it goes on too long. */
  ends: boolean;
}

function newEnd(): End {
  return { x: 0, y: 0, disparity: 0, steepest: 0, steps: 0, ends: false };
}

function newSide(): Side {
  return { r: 0, g: 0, b: 0, variance: 0 };
}

/** Walks from (x, y) as long as the disparity rises (`sign` 1) or falls (−1) steeply. */
function walk(
  disparity: Uint16Array,
  { width, height }: Size,
  x: number,
  y: number,
  stepX: number,
  stepY: number,
  sign: number,
  steepness: number,
  end: End,
): void {
  let here = disparity[y * width + x] ?? 0;
  end.steepest = steepness;
  end.ends = false;
  end.x = x;
  end.y = y;
  for (let i = 1; i <= REACH_TEXELS; i++) {
    const nextX = Math.round(x + i * stepX);
    const nextY = Math.round(y + i * stepY);
    if (nextX < 0 || nextY < 0 || nextX >= width || nextY >= height) {
      end.ends = true;
      end.steps = i - 1;
      break;
    }
    const there = disparity[nextY * width + nextX] ?? 0;
    const rise = sign * (there - here);
    if (rise < FLAT * end.steepest) {
      end.ends = true;
      end.steps = i - 1;
      break;
    }
    end.steepest = Math.max(end.steepest, rise);
    end.x = nextX;
    end.y = nextY;
    here = there;
  }
  end.disparity = here;
}

/** The colors of one side of a ramp. */
interface Side {
  r: number;
  g: number;
  b: number;
  /** Variance per channel. */
  variance: number;
}

/**
 * Mean and variance of the colors beyond a ramp's end: some texels outwards, each with two beside
 * it.
 */
function lookBeyond(
  { width, height }: Size,
  photo: Float32Array,
  { x, y }: End,
  stepX: number,
  stepY: number,
  side: Side,
): void {
  let [r, g, b, squares, count] = [0, 0, 0, 0, 0];
  for (let out = 0; out < OUTWARDS; out++) {
    for (let beside = -2; beside <= 2; beside += 2) {
      const atX = Math.round(x + out * stepX - beside * stepY);
      const atY = Math.round(y + out * stepY + beside * stepX);
      if (atX < 0 || atY < 0 || atX >= width || atY >= height) continue;
      const at = 3 * (atY * width + atX);
      const [red, green, blue] = [photo[at] ?? 0, photo[at + 1] ?? 0, photo[at + 2] ?? 0];
      r += red;
      g += green;
      b += blue;
      squares += red * red + green * green + blue * blue;
      count++;
    }
  }
  const scale = 1 / Math.max(1, count);
  side.r = r * scale;
  side.g = g * scale;
  side.b = b * scale;
  const spread = squares * scale - side.r ** 2 - side.g ** 2 - side.b ** 2;
  side.variance = LEAST_VARIANCE + Math.max(0, spread / 3);
}

/**
 * How much more likely it is that the texel belongs to the near end, by its color (as if both sides
 * had normal distributions) and its place on the ramp.
 */
function evidence(photo: Float32Array, texel: number, near: Side, far: Side, position: number) {
  const [r, g, b] = [photo[3 * texel] ?? 0, photo[3 * texel + 1] ?? 0, photo[3 * texel + 2] ?? 0];
  const fromNear = (r - near.r) ** 2 + (g - near.g) ** 2 + (b - near.b) ** 2;
  const fromFar = (r - far.r) ** 2 + (g - far.g) ** 2 + (b - far.b) ** 2;
  const likelier =
    (fromFar / far.variance -
      fromNear / near.variance +
      3 * Math.log(far.variance / near.variance)) /
    2;
  const byColor = Math.min(MOST_BY_COLOR, Math.max(-MOST_BY_COLOR, likelier));
  return byColor + BY_PLACE * (position - 0.5);
}

/** Neighbors of one color choose together. */
function smoothed(
  { texels, numbers, choice }: Ramps,
  { width, height }: Size,
  photo: Float32Array,
): Float32Array {
  let from = choice;
  for (let pass = 0; pass < PASSES; pass++) {
    const to = new Float32Array(from.length);
    for (let number = 0; number < texels.length; number++) {
      const texel = texels[number] ?? 0;
      const y = (texel / width) | 0;
      const x = texel - y * width;
      let sum = 0;
      let count = 0;
      for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          const other = numbers[ny * width + nx] ?? -1;
          if (other < 0) continue;
          const to = 3 * (ny * width + nx);
          const unlike =
            ((photo[to] ?? 0) - (photo[3 * texel] ?? 0)) ** 2 +
            ((photo[to + 1] ?? 0) - (photo[3 * texel + 1] ?? 0)) ** 2 +
            ((photo[to + 2] ?? 0) - (photo[3 * texel + 2] ?? 0)) ** 2;
          const weight = 1 / (1 + unlike / ALIKE ** 2);
          sum += weight * (from[other] ?? 0);
          count += weight;
        }
      }
      to[number] = sum / count;
    }
    from = to;
  }
  return from;
}
