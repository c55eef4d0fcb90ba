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
 * The steps of more than `least` (in 16-bit disparity) beyond the slope that the map has beside
 * them. A slope is drawn as it is, however steep; only where it is hardly seen any more it counts
 * as steps.
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
  return { cuts, near: rimOf(deepest), far: rimOf(nearest) };
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
