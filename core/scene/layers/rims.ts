/** Finds the steps of a disparity map, and the texels on both sides of them. */
import type { Size } from "../../geometry/size.js";
import { IntList } from "./wave.js";

/** Bits of `Rims.cuts` and of `Layers.cuts`. */
export const CUT_RIGHT = 1;
export const CUT_BELOW = 2;

/** The texels along one side of all steps. */
export interface Rim {
  readonly texels: Int32Array;
  /** For each of them the texel beyond its highest step. */
  readonly partners: Int32Array;
}

export interface Rims {
  /** Between which neighbors there is a step; bits as in `Layers.cuts`. */
  readonly cuts: Uint8Array;
  /** Texels beside a deeper one. */
  readonly near: Rim;
  /** Texels beside a nearer one. */
  readonly far: Rim;
}

/** A step this many times the least one is a step on the steepest slope too. */
const ALWAYS_CUT = 8;

/**
 * A line of steps is cut where one of them is this many times the least step. A line of lower ones
 * opens by a pixel or two at most: that is seen less when it is stretched than when something else
 * is seen through it, and in the maps of estimators most such lines are no silhouettes.
 */
const CLEAR_STEPS = 2.5;

/**
 * The lines of steps of more than `least` (in 16-bit disparity) beyond the slope that the map has
 * beside them, of which one at least is clearly higher. A slope is drawn as it is, however steep;
 * only where it is hardly seen any more it counts as steps.
 */
export function findRims(disparity: Uint16Array, { width, height }: Size, least: number): Rims {
  const cuts = new Uint8Array(disparity.length);
  const deepest = new Int32Array(disparity.length).fill(-1);
  const nearest = new Int32Array(disparity.length).fill(-1);
  const cut = (a: number, b: number, bit: number) => {
    cuts[a] = (cuts[a] ?? 0) | bit;
    const [near, far] = (disparity[a] ?? 0) > (disparity[b] ?? 0) ? [a, b] : [b, a];
    const beyond = deepest[near] ?? -1;
    if (beyond < 0 || (disparity[far] ?? 0) < (disparity[beyond] ?? 0)) deepest[near] = far;
    const above = nearest[far] ?? -1;
    if (above < 0 || (disparity[near] ?? 0) > (disparity[above] ?? 0)) nearest[far] = near;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0, at = y * width; x < width; x++, at++) {
      const here = disparity[at] ?? 0;
      if (x + 1 < width) {
        const step = (disparity[at + 1] ?? 0) - here;
        if (step > least || step < -least) {
          const before = x > 0 ? here - (disparity[at - 1] ?? 0) : 0;
          const after = x + 2 < width ? (disparity[at + 2] ?? 0) - here - step : 0;
          if (stepBeyondSlope(step, before, after) > least) cut(at, at + 1, CUT_RIGHT);
        }
      }
      if (y + 1 < height) {
        const step = (disparity[at + width] ?? 0) - here;
        if (step > least || step < -least) {
          const before = y > 0 ? here - (disparity[at - width] ?? 0) : 0;
          const after = y + 2 < height ? (disparity[at + 2 * width] ?? 0) - here - step : 0;
          if (stepBeyondSlope(step, before, after) > least) cut(at, at + width, CUT_BELOW);
        }
      }
    }
  }
  leaveOutFaint({ width, height }, CLEAR_STEPS * least, { disparity, cuts, deepest, nearest });
  return { cuts, near: rimOf(deepest), far: rimOf(nearest) };
}

/** Texels beside steps, with the texel beyond the highest step, or −1. */
interface Steps {
  readonly disparity: Uint16Array;
  readonly cuts: Uint8Array;
  readonly deepest: Int32Array;
  readonly nearest: Int32Array;
}

/** Removes each connected line of steps of which none is higher than `clear`. */
function leaveOutFaint(
  { width, height }: Size,
  clear: number,
  { disparity, cuts, deepest, nearest }: Steps,
): void {
  const isRim = (texel: number) => (deepest[texel] ?? -1) >= 0 || (nearest[texel] ?? -1) >= 0;
  const isVisited = new Uint8Array(disparity.length);
  for (let first = 0; first < disparity.length; first++) {
    if (isVisited[first] || !isRim(first)) continue;
    isVisited[first] = 1;
    const line = [first];
    let highest = 0;
    for (let next = 0; next < line.length; next++) {
      const texel = line[next] ?? 0;
      const beyond = deepest[texel] ?? -1;
      if (beyond >= 0) {
        highest = Math.max(highest, (disparity[texel] ?? 0) - (disparity[beyond] ?? 0));
      }
      const y = (texel / width) | 0;
      const x = texel - y * width;
      for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          const to = ny * width + nx;
          if (isVisited[to] || !isRim(to)) continue;
          isVisited[to] = 1;
          line.push(to);
        }
      }
    }
    if (highest > clear) continue;
    for (const texel of line) {
      cuts[texel] = 0;
      deepest[texel] = -1;
      nearest[texel] = -1;
    }
  }
}

/**
 * How far a difference between neighbors is from being a slope: more than the least step that is
 * cut, and it is cut. `before` and `after` are the differences on both sides of it; all are 16-bit
 * disparities.
 */
export function stepBeyondSlope(step: number, before: number, after: number): number {
  const direction = Math.sign(step);
  const slope = Math.max(0, direction * before, direction * after);
  const height = direction * step;
  return Math.max(height - slope, height / ALWAYS_CUT);
}

function rimOf(partnerOf: Int32Array): Rim {
  const texels = new IntList();
  const partners = new IntList();
  for (let texel = 0; texel < partnerOf.length; texel++) {
    const partner = partnerOf[texel] ?? -1;
    if (partner < 0) continue;
    texels.push(texel);
    partners.push(partner);
  }
  return { texels: texels.taken(), partners: partners.taken() };
}
