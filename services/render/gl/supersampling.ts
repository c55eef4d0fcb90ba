/** How many times larger than the picture a scene is drawn, within what the driver can draw. */
import type { Size } from "../../../core/geometry/size.js";
import { type Note, note } from "../../../core/spec/note.js";

export interface FittingFactor {
  readonly factor: number;
  /** Says so where the factor is not the one that was asked for. */
  readonly notes: readonly Note[];
}

/** The largest whole factor up to the one asked for with which the picture fits into the longest side. */
export function fittingFactor(asked: number, picture: Size, maxSidePixels: number): FittingFactor {
  const fits = Math.floor(maxSidePixels / Math.max(picture.width, picture.height));
  const factor = Math.max(1, Math.min(asked, fits));
  if (factor === asked) return { factor, notes: [] };
  const metadata = {
    asked: String(asked),
    actual: String(factor),
    limit_side_pixels: String(maxSidePixels),
  };
  return { factor, notes: [note("SSAA_LOWERED", metadata)] };
}
