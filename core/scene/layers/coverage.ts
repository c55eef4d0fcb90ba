/** How much of each texel the front sheet covers. */
import type { Size } from "../../geometry/size.js";
import { type FrontSheet, isGrown } from "./grown.js";
import { BackKind, type BackSheet } from "./hidden.js";
import { CUT_BELOW, CUT_RIGHT } from "./rims.js";

/** Weights of a 3 × 3 tent, row by row, in sixteenths. */
const TENT = [1, 2, 1, 2, 4, 2, 1, 2, 1];

/**
 * Squared distance in texels under the near thing up to which its colors may tell that it is not
 * opaque.
 */
export const MATTE2 = 16;

/**
 * 255 away from silhouettes. At a silhouette it falls over about two texels (a tent over the
 * texels that belong to the near thing), and it is 0 on what was grown beyond that. It is 0 too on
 * the first texels behind the cut, where the back sheet has the same surface and the same colors,
 * so that no filter draws a line at the cut.
 */
export function frontCoverage(size: Size, front: FrontSheet, back: BackSheet, least: number) {
  const { width, height } = size;
  const coverage = new Uint8Array(width * height).fill(255);
  const tent = (texel: number): number => {
    const y = (texel / width) | 0;
    const x = texel - y * width;
    const here = front.disparity[texel] ?? 0;
    let sum = 0;
    for (let dy = -1, at = 0; dy <= 1; dy++) {
      const ny = Math.min(height - 1, Math.max(0, y + dy));
      for (let dx = -1; dx <= 1; dx++, at++) {
        const to = ny * width + Math.min(width - 1, Math.max(0, x + dx));
        const there = front.disparity[to] ?? 0;
        // A still nearer thing that was grown over this one hides that it goes on.
        const isOver = there > here + least;
        const isBeyond = there < here - least;
        if (isOver || !(isBeyond || isGrown(front.grown, to))) sum += TENT[at] ?? 0;
      }
    }
    return Math.min(255, 16 * sum);
  };
  for (const texel of front.grown.reached) {
    coverage[texel] = (front.grown.distance2[texel] ?? 0) <= 2 ? tent(texel) : 0;
  }
  for (const texel of back.under.reached) {
    if (back.kind[texel] !== BackKind.HIDDEN) continue;
    const square = back.under.distance2[texel] ?? 0;
    if (square <= MATTE2) coverage[texel] = Math.min(254, square <= 2 ? tent(texel) : 255);
  }
  clearRing(size, front, back, coverage);
  return coverage;
}

/** Coverage 0 on the visible far side's first two texels beyond each cut. */
function clearRing(
  { width, height }: Size,
  { disparity, cuts, grown }: FrontSheet,
  { kind }: BackSheet,
  coverage: Uint8Array,
): void {
  const clear = (a: number, b: number) => {
    const [near, far] = (disparity[a] ?? 0) > (disparity[b] ?? 0) ? [a, b] : [b, a];
    if (!isGrown(grown, near)) return;
    const y = (far / width) | 0;
    const x = far - y * width;
    for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
      for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
        if (kind[ny * width + nx] === BackKind.RING) coverage[ny * width + nx] = 0;
      }
    }
  };
  for (let texel = 0; texel < cuts.length; texel++) {
    const cut = cuts[texel] ?? 0;
    if (cut & CUT_RIGHT) clear(texel, texel + 1);
    if (cut & CUT_BELOW) clear(texel, texel + width);
  }
}
