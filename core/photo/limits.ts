/** The limits of a photo's size, and the checks against them. */
import { DepthmeshError } from "../errors.js";

export interface PhotoLimits {
  /** Most bytes of the encoded file. */
  readonly maxBytes: number;
  /** Most pixels (width × height) of one frame. */
  readonly maxPixels: number;
  /** Least pixels of the shorter side. */
  readonly minSidePixels: number;
  /** Most pixels of the longer side. */
  readonly maxSidePixels: number;
  /** Most frames of an animation, or pages of a TIFF. */
  readonly maxFrames: number;
}

/**
 * 64 MiB, 50 megapixels, sides from 16 to 32 767 pixels, 1000 frames.
 *
 * 50 megapixels decode to 150 MB of RGB, which one depth worker may hold. Below 16 pixels no depth
 * can be estimated. 32 767 pixels still allow the panorama of a phone (about 16 000) and fit into a
 * signed 16-bit coordinate.
 */
export const DEFAULT_PHOTO_LIMITS: PhotoLimits = {
  maxBytes: 64 * 1024 * 1024,
  maxPixels: 50_000_000,
  minSidePixels: 16,
  maxSidePixels: 32_767,
  maxFrames: 1000,
};

/** Throws UPLOAD_TOO_LARGE if a file of `actualBytes` exceeds the limit. */
export function requireBytes(limits: PhotoLimits, actualBytes: number): void {
  if (actualBytes <= limits.maxBytes) return;
  throw new DepthmeshError(
    "UPLOAD_TOO_LARGE",
    `the upload has ${actualBytes} bytes, the limit is ${limits.maxBytes}`,
    { metadata: { limit_bytes: String(limits.maxBytes), actual_bytes: String(actualBytes) } },
  );
}

/** Throws IMAGE_TOO_MANY_PIXELS if a frame exceeds the limit of its area or of its longer side. */
export function requireMaxSize(limits: PhotoLimits, width: number, height: number): void {
  const pixels = width * height;
  const actual = { ...actualSize(width, height), actual_pixels: String(pixels) };
  if (pixels > limits.maxPixels) {
    throw new DepthmeshError(
      "IMAGE_TOO_MANY_PIXELS",
      `the image is ${width}×${height} = ${pixels} pixels, the limit is ${limits.maxPixels}`,
      { metadata: { ...actual, limit_pixels: String(limits.maxPixels) } },
    );
  }
  if (Math.max(width, height) > limits.maxSidePixels) {
    throw new DepthmeshError(
      "IMAGE_TOO_MANY_PIXELS",
      `the image is ${width}×${height} pixels, the limit of a side is ${limits.maxSidePixels}`,
      { metadata: { ...actual, limit_side_pixels: String(limits.maxSidePixels) } },
    );
  }
}

/**
 * Throws IMAGE_TOO_MANY_PIXELS or IMAGE_TOO_SMALL if the photo's own size is outside the limits.
 */
export function requireSize(limits: PhotoLimits, width: number, height: number): void {
  requireMaxSize(limits, width, height);
  if (Math.min(width, height) >= limits.minSidePixels) return;
  throw new DepthmeshError(
    "IMAGE_TOO_SMALL",
    `the image is ${width}×${height} pixels, each side needs at least ${limits.minSidePixels}`,
    { metadata: { ...actualSize(width, height), limit_side_pixels: String(limits.minSidePixels) } },
  );
}

/**
 * Throws IMAGE_TOO_MANY_FRAMES if `actualFrames` exceeds the limit. Formats without a count in
 * their header call this while they count, so `actual_frames` may be lower than the file's number
 * of frames.
 */
export function requireFrames(limits: PhotoLimits, actualFrames: number): void {
  if (actualFrames <= limits.maxFrames) return;
  throw new DepthmeshError(
    "IMAGE_TOO_MANY_FRAMES",
    `the image has at least ${actualFrames} frames, the limit is ${limits.maxFrames}`,
    { metadata: { limit_frames: String(limits.maxFrames), actual_frames: String(actualFrames) } },
  );
}

function actualSize(width: number, height: number): Record<string, string> {
  return { actual_width: String(width), actual_height: String(height) };
}
