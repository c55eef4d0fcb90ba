/**
 * The type of what each format's structure check (jpeg.ts, png.ts, …) returns: size, frames and
 * orientation of a photo, found without decoding a pixel.
 */
import type { Size } from "../geometry/size.js";
import type { Steps } from "../steps.js";
import type { Orientation } from "./exif.js";
import type { PhotoFormat } from "./format.js";
import type { PhotoLimits } from "./limits.js";

export interface PhotoStructure {
  /** Width in pixels as stored, before `orientation` is applied. */
  readonly widthPixels: number;
  /** Height in pixels as stored, before `orientation` is applied. */
  readonly heightPixels: number;
  /** Frames of an animation or pages of a TIFF, at least 1. */
  readonly frames: number;
  /** How the stored pixels are turned for display, by the EXIF numbers; 1 is as stored. */
  readonly orientation: Orientation;
  /**
   * The part of the canvas that the first frame covers, in pixels, where it is less than all of it.
   * The rest has no color of its own.
   */
  readonly covered?: Rectangle;
}

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Walks the structure of one format from the first byte to the end. The size is checked against
 * `limits` as soon as it is known, before the rest is read.
 *
 * It yields at least every 100 µs, so that the gateway can serve others meanwhile.
 *
 * Throws DepthmeshError with IMAGE_TRUNCATED, IMAGE_CORRUPT, IMAGE_UNSUPPORTED_FORMAT,
 * IMAGE_TOO_SMALL, IMAGE_TOO_MANY_PIXELS or IMAGE_TOO_MANY_FRAMES, and nothing else, whatever the
 * bytes.
 */
export type StructureCheck = (
  bytes: Uint8Array,
  limits: PhotoLimits,
) => Steps<
  PhotoStructure & {
    /** Where the structure tells more about the format than the first bytes do. */
    readonly format?: PhotoFormat;
  }
>;

/**
 * Size in pixels after the orientation is applied: the EXIF numbers 5 to 8 exchange width and
 * height.
 */
export function uprightSize({
  widthPixels,
  heightPixels,
  orientation,
}: Pick<PhotoStructure, "widthPixels" | "heightPixels" | "orientation">): Size {
  return orientation >= 5
    ? { width: heightPixels, height: widthPixels }
    : { width: widthPixels, height: heightPixels };
}
