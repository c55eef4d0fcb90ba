/** The one place where the pixels of an upload are decoded: upright, sRGB, opaque, first frame, metadata gone. */
import sharp from "sharp";
import type { Size } from "../../core/clip/size.js";
import { DepthmeshError } from "../../kit/errors.js";

/** 8-bit RGB interleaved, [height, width, 3]. */
export interface DecodedPhoto extends Size {
  readonly rgb: Uint8Array;
}

// One operation at a time needs no more; the other cores belong to inference and rendering.
sharp.cache(false);

/**
 * Decode, and shrink to cover `fit` (never enlarge). Throws IMAGE_CORRUPT when the pixels are broken,
 * IMAGE_TOO_MANY_PIXELS above the limit.
 */
export async function decodePhoto(
  bytes: Uint8Array,
  maxPixels: number,
  fit: (upright: Size) => Size,
): Promise<DecodedPhoto> {
  try {
    const image = sharp(bytes, { limitInputPixels: maxPixels, failOn: "warning", pages: 1 });
    const { autoOrient } = await image.metadata();
    const target = fit(autoOrient);
    const { data, info } = await image
      .autoOrient()
      .toColourspace("srgb")
      // Transparent parts have no depth of their own; white is what a page would show.
      .flatten({ background: "#ffffff" })
      .resize({ ...target, fit: "fill", withoutEnlargement: true })
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { rgb: data, width: info.width, height: info.height };
  } catch (error) {
    throw new DepthmeshError("IMAGE_CORRUPT", "the photo's pixels cannot be decoded", {
      cause: error,
    });
  }
}

/** 16-bit gray PNG of a disparity map, [height, width]. */
export function encodeDepthPng(disparity: Uint16Array, { width, height }: Size): Promise<Buffer> {
  return sharp(disparity, { raw: { width, height, channels: 1 } })
    .toColourspace("grey16")
    .png({ compressionLevel: 4 })
    .toBuffer();
}
