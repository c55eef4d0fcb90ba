/** Where in a true view it is hard: the band around silhouettes, and what the photo hides. */
import type { Size } from "../../core/geometry/size.js";
import type { TrueView } from "./caster.js";

/** Half width of the band around silhouettes, in pixels of a frame 720 high. */
const BAND_PIXELS = 8;
/** Neighbors whose disparities differ by more lie on both sides of a silhouette. */
const SILHOUETTE_STEP = 0.02;

/** Bits of `Regions.of`. */
export const SHOWN = 1;
export const BAND = 2;
export const HIDDEN = 4;

export interface Regions extends Size {
  /**
   * [height, width]: SHOWN where the truth is a point inside the photo's edges (beyond them there
   * is no truth to compare with), BAND near a silhouette of the view, HIDDEN where the photo does
   * not show the point. The last two only together with SHOWN.
   */
  readonly of: Uint8Array;
}

/**
 * `hidden` says of each pixel whether the photo hides its point, undefined outside of the photo.
 * `step` is the least difference in disparity of a silhouette.
 */
export function regionsOf(
  view: Pick<TrueView, "width" | "height" | "disparity">,
  hidden: (pixel: number) => boolean | undefined,
  step = SILHOUETTE_STEP,
): Regions {
  const { width, height } = view;
  const band = grown(silhouettes(view, step), view, Math.round((BAND_PIXELS * height) / 720));
  const of = new Uint8Array(width * height);
  for (let i = 0; i < of.length; i++) {
    const isHidden = hidden(i);
    if (isHidden === undefined) continue;
    of[i] = SHOWN | (band[i] ? BAND : 0) | (isHidden ? HIDDEN : 0);
  }
  return { width, height, of };
}

/** 1 on both sides of each step in disparity. */
function silhouettes(
  { width, height, disparity }: Size & { readonly disparity: Float32Array },
  step: number,
): Uint8Array {
  const result = new Uint8Array(width * height);
  const compare = (a: number, b: number) => {
    if (Math.abs((disparity[a] ?? 0) - (disparity[b] ?? 0)) <= step) return;
    result[a] = 1;
    result[b] = 1;
  };
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if (x + 1 < width) compare(at, at + 1);
      if (y + 1 < height) compare(at, at + width);
    }
  }
  return result;
}

/** `mask` grown by a square of this radius. */
function grown(mask: Uint8Array, { width, height }: Size, radius: number): Uint8Array {
  const spread = (from: Uint8Array, count: number, length: number, next: number, step: number) => {
    const to = new Uint8Array(from.length);
    for (let line = 0; line < count; line++) {
      let last = -Infinity;
      for (let i = 0; i < length + radius; i++) {
        if (i < length && from[line * next + i * step]) last = i;
        const back = i - radius;
        if (back >= 0 && last >= back - radius) to[line * next + back * step] = 1;
      }
    }
    return to;
  };
  const rows = spread(mask, height, width, width, 1);
  return spread(rows, width, height, 1, width);
}
