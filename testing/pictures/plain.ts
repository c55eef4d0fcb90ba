/** A picture of one colour. */
import sharp from "sharp";

export function plainPng(background: string, width = 96, height = 64): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
}
