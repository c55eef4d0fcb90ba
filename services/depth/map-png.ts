/** Disparity maps as PNG files: the whole map in 16 bits, and a thumbnail in 8 bits. */

import sharp from "sharp";
import type { Size } from "../../core/geometry/size.js";
import { withinLongSide } from "../../core/geometry/size.js";

sharp.cache(false);

/** 16-bit gray PNG of a disparity map, [height, width]. */
export function encodeDepthPng(disparity: Uint16Array, { width, height }: Size): Promise<Buffer> {
  return sharp(disparity, { raw: { width, height, channels: 1 } })
    .toColourspace("grey16")
    .png({ compressionLevel: 4 })
    .toBuffer();
}

/** Longer side of a thumbnail. Its file stays far below the size limit of one gRPC message. */
const SIDE_PIXELS = 160;

export interface Thumbnail extends Size {
  readonly png: Uint8Array;
}

/** Shrinks a disparity map to an 8-bit gray PNG; white is near. */
export async function depthThumbnail(disparity: Uint16Array, size: Size): Promise<Thumbnail> {
  const { width, height } = size;
  const small = withinLongSide(size, SIDE_PIXELS);
  const gray = new Uint8Array(small.width * small.height);
  for (let y = 0; y < small.height; y++) {
    const row = Math.floor(((y + 0.5) * height) / small.height) * width;
    for (let x = 0; x < small.width; x++) {
      const from = row + Math.floor(((x + 0.5) * width) / small.width);
      gray[y * small.width + x] = (disparity[from] ?? 0) >> 8;
    }
  }
  const png = await sharp(gray, { raw: { ...small, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer();
  return { ...small, png };
}
