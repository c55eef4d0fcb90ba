/** A disparity map at a glance: 8-bit gray, white is near. */
import sharp from "sharp";
import type { Size } from "../../core/geometry/size.js";

/** Its longer side; the file stays far below one message. */
const SIDE_PIXELS = 160;

export interface Thumbnail extends Size {
  readonly png: Uint8Array;
}

export async function depthThumbnail(
  disparity: Uint16Array,
  { width, height }: Size,
): Promise<Thumbnail> {
  const scale = Math.min(1, SIDE_PIXELS / Math.max(width, height));
  const small = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
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
