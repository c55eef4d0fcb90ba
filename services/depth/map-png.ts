/** Disparity maps as PNG files. */
import sharp from "sharp";
import type { Size } from "../../core/geometry/size.js";

sharp.cache(false);

/** 16-bit gray PNG of a disparity map, [height, width]. */
export function encodeDepthPng(disparity: Uint16Array, { width, height }: Size): Promise<Buffer> {
  return sharp(disparity, { raw: { width, height, channels: 1 } })
    .toColourspace("grey16")
    .png({ compressionLevel: 4 })
    .toBuffer();
}
