/**
 * Checks the structure of an uploaded photo without decoding a pixel, for a whole file or while its
 * bytes arrive.
 */
import type { Size } from "../geometry/size.js";
import { ReceivedBytes } from "../receive-bytes.js";
import { finishInSlices, finishSteps, type Steps } from "../steps.js";
import type { PhotoFormat } from "./format.js";
import { inspectGif } from "./gif.js";
import { inspectHeif } from "./heif.js";
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
  avif: (bytes, limits) => inspectHeif(bytes, limits, "avif"),
  tiff: inspectTiff,
  heic: (bytes, limits) => inspectHeif(bytes, limits, "heic"),
};

/**
 * Walks the structure of the whole upload `bytes` from the first byte to the end, and returns its
 * format, size, frames and orientation. Time is linear in its length: at worst about 8 ns per byte,
 * for files made of the smallest parts, and next to nothing for photos.
 *
 * Throws DepthmeshError and nothing else: UPLOAD_TOO_LARGE, IMAGE_UNSUPPORTED_FORMAT,
 * IMAGE_TOO_MANY_PIXELS, IMAGE_TOO_SMALL and IMAGE_TOO_MANY_FRAMES (with `limit_*` and `actual_*`
 * in its metadata), IMAGE_TRUNCATED if pixels are missing, IMAGE_CORRUPT if the structure is
 * invalid. A limit that the header exceeds is reported before a missing end. Faults that only
 * decoding can find are not found here.
 */
export function inspectPhoto(
  bytes: Uint8Array,
  limits: PhotoLimits = DEFAULT_PHOTO_LIMITS,
): PhotoFacts {
  return finishSteps(inspection(bytes, limits));
}

function* inspection(bytes: Uint8Array, limits: PhotoLimits): Steps<PhotoFacts> {
  requireBytes(limits, bytes.length);
  const format = sniffFormat(bytes);
  return { format, ...(yield* CHECKS[format](bytes, limits)) };
}

export interface ReceivedPhoto {
  readonly bytes: Uint8Array;
  /** Upright size in pixels, from the file's header. */
  readonly size: Size;
}

/**
 * Receives an upload and checks its structure, in slices of 10 ms. A wrong format and too many
 * bytes are refused before the rest has arrived. Throws DepthmeshError with the IMAGE_ and UPLOAD_
 * reasons.
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
  const bytes = await received.joinedInSlices();
  return { bytes, size: uprightSize(await finishInSlices(inspection(bytes, limits))) };
}
