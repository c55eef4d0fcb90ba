/** Checks the structure of an uploaded photo without decoding a pixel, for a whole file or while its bytes arrive. */
import type { Size } from "../geometry/size.js";
import { ReceivedBytes } from "../receive-bytes.js";
import { inspectAvif } from "./avif.js";
import type { PhotoFormat } from "./format.js";
import { inspectGif } from "./gif.js";
import { inspectJpeg } from "./jpeg.js";
import type { PhotoLimits } from "./limits.js";
import { DEFAULT_PHOTO_LIMITS, requireBytes } from "./limits.js";
import { inspectPng } from "./png.js";
import { SNIFF_BYTES, sniffFormat } from "./sniff.js";
import type { PhotoStructure, StructureCheck } from "./structure.js";
import { uprightSize } from "./structure.js";
import { inspectTiff } from "./tiff.js";
import { inspectWebp } from "./webp.js";

export type { PhotoFormat, PhotoLimits };
export { DEFAULT_PHOTO_LIMITS, sniffFormat };

export interface PhotoFacts extends PhotoStructure {
  readonly format: PhotoFormat;
}

const CHECKS: Readonly<Record<PhotoFormat, StructureCheck>> = {
  jpeg: inspectJpeg,
  png: inspectPng,
  gif: inspectGif,
  webp: inspectWebp,
  avif: inspectAvif,
  tiff: inspectTiff,
};

/**
 * Format, size, frames and orientation of the whole upload `bytes`, once its structure has been
 * walked from the first byte to the end. Time is linear in its length, about 1 ns a byte at worst.
 *
 * Throws DepthmeshError and nothing else: UPLOAD_TOO_LARGE, IMAGE_UNSUPPORTED_FORMAT,
 * IMAGE_TOO_MANY_PIXELS, IMAGE_TOO_SMALL and IMAGE_TOO_MANY_FRAMES (with `limit_*` and `actual_*` in
 * its metadata), IMAGE_TRUNCATED where the end is missing, IMAGE_CORRUPT where the structure makes
 * no sense. A limit that the header passes is reported before a missing end. What only decoding
 * finds is not found here.
 */
export function inspectPhoto(
  bytes: Uint8Array,
  limits: PhotoLimits = DEFAULT_PHOTO_LIMITS,
): PhotoFacts {
  requireBytes(limits, bytes.length);
  const format = sniffFormat(bytes);
  return { format, ...CHECKS[format](bytes, limits) };
}

export interface ReceivedPhoto {
  readonly bytes: Uint8Array;
  /** Upright, in pixels, as its header says. */
  readonly size: Size;
}

/**
 * An upload whose structure is whole. A wrong format or too many bytes are refused before the rest is
 * sent. Throws DepthmeshError with the IMAGE_ and UPLOAD_ reasons.
 */
export async function receivePhoto(
  chunks: AsyncIterable<Uint8Array>,
  limits: PhotoLimits,
): Promise<ReceivedPhoto> {
  const received = new ReceivedBytes(limits.maxBytes);
  let sniffed = false;
  for await (const chunk of chunks) {
    received.add(chunk);
    if (!sniffed && received.sizeBytes >= SNIFF_BYTES) {
      sniffFormat(received.joined());
      sniffed = true;
    }
  }
  const bytes = received.joined();
  return { bytes, size: uprightSize(inspectPhoto(bytes, limits)) };
}
