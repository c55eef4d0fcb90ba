/** The sheets as pictures. */
import sharp from "sharp";
import type { Size } from "../../../core/geometry/size.js";

/** The level of zlib. Higher levels cost a multiple of the time and save a few per cent. */
const COMPRESSION_LEVEL = 4;

/** 8-bit PNG of RGBA with straight alpha, [height, width, 4]. */
export function rgbaPng(rgba: Uint8Array, { width, height }: Size): Promise<Buffer> {
  return sharp(rgba, { raw: { width, height, channels: 4 } })
    .png({ compressionLevel: COMPRESSION_LEVEL })
    .toBuffer();
}

/** 16-bit PNG of [height, width, channels]; one channel is gray, three are RGB. */
export function png16(
  samples: Uint16Array,
  { width, height }: Size,
  channels: 1 | 3,
): Promise<Buffer> {
  return sharp(samples, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? "grey16" : "rgb16")
    .png({ compressionLevel: COMPRESSION_LEVEL })
    .toBuffer();
}
