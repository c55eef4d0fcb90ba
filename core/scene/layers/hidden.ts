/** The back sheet: where it exists, and how deep it lies. */
import type { Size } from "../../geometry/size.js";
import { type FrontSheet, isGrown } from "./grown.js";
import { CUT_BELOW, CUT_RIGHT, type Rims } from "./rims.js";
import { type InventedSurface, inventedSurface, smoothInvented } from "./surface.js";
import { IntList, spread, type Wave } from "./wave.js";

/** What a texel of the back sheet is; 0 where there is none. */
export const BackKind = {
  NONE: 0,
  /** Under a near thing: invented. */
  HIDDEN: 1,
  /** The photo's own surface, which a near thing was grown over. */
  KNOWN: 2,
  /** The photo's own surface beside that: both sheets lie together, so that nothing opens. */
  RING: 3,
} as const;

/** Texels beyond the cut where both sheets lie together. */
export const RING_TEXELS = 3;

/** How much farther the back sheet extends than the camera sees, in texels. */
const MARGIN_TEXELS = 4;

/** Passes that smooth the invented disparity. */
const PASSES = 12;

export interface BackSheet {
  readonly disparity: Uint16Array;
  readonly kind: Uint8Array;
  /** Which texels were reached under near things, from which far rim texel. */
  readonly under: Wave;
  readonly invented: InventedSurface;
}

/**
 * From each far rim the back sheet extends under the near thing, as far as the camera uncovers.
 * `least` is the least step of `findRims`, `texelsPerDisparity` is for a disparity of 65535.
 */
export function hideBack(
  disparity: Uint16Array,
  size: Size,
  { far }: Rims,
  front: FrontSheet,
  least: number,
  texelsPerDisparity: number,
): BackSheet {
  const rimDisparity = far.texels.map((texel) => disparity[texel] ?? 0);
  const above = far.partners.map((texel) => disparity[texel] ?? 0);
  const scale = texelsPerDisparity / 65535;
  const under = spread(size, far.texels, (texel, seed, distance2) => {
    const here = disparity[texel] ?? 0;
    const deep = rimDisparity[seed] ?? 0;
    if (here <= deep + least / 2 || isGrown(front.grown, texel)) return false;
    const reach = (Math.max(here, above[seed] ?? 0) - deep) * scale + MARGIN_TEXELS;
    return distance2 <= reach * reach;
  });
  const kind = new Uint8Array(disparity.length);
  const back = new Uint16Array(disparity.length);
  for (const texel of under.reached) {
    kind[texel] = BackKind.HIDDEN;
    back[texel] = rimDisparity[under.seed[texel] ?? 0] ?? 0;
  }
  for (const texel of front.grown.reached) {
    kind[texel] = BackKind.KNOWN;
    back[texel] = disparity[texel] ?? 0;
  }
  surround(disparity, size, front, under, kind, back, least);
  const invented = inventedSurface(
    size,
    kind.reduce((count, one) => (one === BackKind.HIDDEN ? count + 1 : count), 0),
    back,
    2 * least,
    (texel) => kind[texel] === BackKind.HIDDEN,
    (texel) => kind[texel] !== BackKind.NONE,
  );
  relax(disparity, invented, back, least);
  return { disparity: back, kind, under, invented };
}

/** Squared distance in texels under which a near thing's own edge may be transparent. */
const EDGE2 = 9;

/**
 * Extends the back sheet beyond every cut, and a few texels over the visible far side, whose
 * surface it continues. Where that side is itself in front of something, its own surface is more
 * important than what it hides: a gap opens here first.
 */
function surround(
  disparity: Uint16Array,
  { width, height }: Size,
  { cuts, disparity: front }: FrontSheet,
  under: Wave,
  kind: Uint8Array,
  back: Uint16Array,
  least: number,
): void {
  let edge = new IntList();
  const add = (texel: number) => {
    kind[texel] = BackKind.RING;
    back[texel] = disparity[texel] ?? 0;
    edge.push(texel);
  };
  const isFree = (texel: number) => kind[texel] === BackKind.NONE;
  const isDeep = (texel: number) =>
    kind[texel] === BackKind.HIDDEN && (under.distance2[texel] ?? 0) > EDGE2;
  const between = (a: number, b: number) => {
    const [near, far] = (front[a] ?? 0) > (front[b] ?? 0) ? [a, b] : [b, a];
    if (isFree(near)) add(near);
    if (isFree(far) || isDeep(far)) add(far);
  };
  for (let texel = 0; texel < cuts.length; texel++) {
    const cut = cuts[texel] ?? 0;
    if (cut & CUT_RIGHT) between(texel, texel + 1);
    if (cut & CUT_BELOW) between(texel, texel + width);
  }
  for (let ring = 1; ring < RING_TEXELS; ring++) {
    const from = edge.taken();
    edge = new IntList();
    for (const texel of from) {
      const here = back[texel] ?? 0;
      const y = (texel / width) | 0;
      const x = texel - y * width;
      for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          const to = ny * width + nx;
          const step = Math.abs((disparity[to] ?? 0) - here);
          if (isFree(to) ? step <= 2 * least : step <= least && isDeep(to)) add(to);
        }
      }
    }
  }
}

/**
 * Smooths the invented disparity within one surface, so that it continues what is visible. It stays
 * below the near thing.
 */
function relax(
  disparity: Uint16Array,
  invented: InventedSurface,
  back: Uint16Array,
  least: number,
): void {
  const clearance = Math.max(1, Math.round(0.3 * least));
  const smooth = Float32Array.from(back);
  smoothInvented(invented, smooth, 1, PASSES);
  for (const texel of invented.texels) {
    const highest = Math.max(0, (disparity[texel] ?? 0) - clearance);
    back[texel] = Math.min(highest, Math.round(smooth[texel] ?? 0));
  }
}
