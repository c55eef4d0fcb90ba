/** The front sheet: near things grown beyond their silhouettes, and where it is cut. */
import type { Size } from "../../geometry/size.js";
import { CUT_BELOW, CUT_RIGHT, type Rims } from "./rims.js";
import { spread, type Wave } from "./wave.js";

/** How far near things are grown, in texels: room for an edge that fades out. */
export const GROWN_TEXELS = 4;

export interface FrontSheet {
  readonly disparity: Uint16Array;
  readonly cuts: Uint8Array;
  /** Which texels near things were grown over, from which near rim texel. */
  readonly grown: Wave;
}

/**
 * Each near rim grows over what lies deeper, at the disparity of its nearest rim texel. It ends at
 * other near rims, which keep their place. `least` is the least step of `findRims`.
 */
export function growFront(
  disparity: Uint16Array,
  size: Size,
  { near, cuts: steps }: Rims,
  least: number,
): FrontSheet {
  const rimDisparity = near.texels.map((texel) => disparity[texel] ?? 0);
  const most = GROWN_TEXELS ** 2;
  const grown = spread(
    size,
    near.texels,
    (texel, seed, distance2) =>
      distance2 <= most && (disparity[texel] ?? 0) < (rimDisparity[seed] ?? 0) - least,
  );
  const front = disparity.slice();
  for (const texel of grown.reached) front[texel] = rimDisparity[grown.seed[texel] ?? 0] ?? 0;
  const { width, height } = size;
  const cuts = steps.slice();
  const isCut = (a: number, b: number, bit: number) =>
    isGrown(grown, a) || isGrown(grown, b)
      ? Math.abs((front[a] ?? 0) - (front[b] ?? 0)) > least
      : ((steps[a] ?? 0) & bit) !== 0;
  const recut = (a: number, b: number, bit: number) => {
    cuts[a] = isCut(a, b, bit) ? (cuts[a] ?? 0) | bit : (cuts[a] ?? 0) & ~bit;
  };
  // Only between a texel that was grown over and its neighbors can cuts have moved.
  for (const texel of grown.reached) {
    const y = (texel / width) | 0;
    const x = texel - y * width;
    if (x + 1 < width) recut(texel, texel + 1, CUT_RIGHT);
    if (x > 0) recut(texel - 1, texel, CUT_RIGHT);
    if (y + 1 < height) recut(texel, texel + width, CUT_BELOW);
    if (y > 0) recut(texel - width, texel, CUT_BELOW);
  }
  return { disparity: front, cuts, grown };
}

/** Whether a near thing was grown over this texel. */
export function isGrown({ distance2, seed }: Wave, texel: number): boolean {
  return (seed[texel] ?? -1) >= 0 && (distance2[texel] ?? 0) > 0;
}
