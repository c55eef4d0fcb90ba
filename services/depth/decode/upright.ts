/** Turns stored pixels as the structure check has read the file: see upright(). */
import type { Sharp } from "sharp";
import type { Orientation } from "../../../core/photo/exif.js";
import type { PhotoFormat } from "../../../core/photo/format.js";

interface Turn {
  /** Left to right, before it is turned: sharp's order. */
  readonly isMirrored: boolean;
  /** Clockwise. */
  readonly degrees: 0 | 90 | 180 | 270;
}

const TURNS: Readonly<Record<Orientation, Turn>> = {
  1: { isMirrored: false, degrees: 0 },
  2: { isMirrored: true, degrees: 0 },
  3: { isMirrored: false, degrees: 180 },
  4: { isMirrored: true, degrees: 180 },
  5: { isMirrored: true, degrees: 270 },
  6: { isMirrored: false, degrees: 90 },
  7: { isMirrored: true, degrees: 90 },
  8: { isMirrored: false, degrees: 270 },
};

/**
 * `image` with the EXIF orientation `orientation` applied. libvips reads other EXIF than the
 * structure check in files with two of them, with types that the standard does not name, or where
 * it stands behind the pixels; then size and pixels would not be those that the gateway has told.
 * A resize must follow, because the order of sharp's steps depends on it.
 */
export function upright(image: Sharp, orientation: Orientation): Sharp {
  const { degrees, isMirrored } = TURNS[orientation];
  const turned = degrees === 0 ? image : image.rotate(degrees);
  return isMirrored ? turned.flop() : turned;
}

/** The orientation that is left to be applied: libheif turns by irot and imir by itself. */
export function orientationLeft(format: PhotoFormat, orientation: Orientation): Orientation {
  return format === "avif" || format === "heic" ? 1 : orientation;
}
