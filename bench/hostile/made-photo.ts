import sharp from "sharp";

/** A photo of noise, about 180 KiB, so that it fits into one message. */
export function made(): Promise<Buffer> {
  const noise = { type: "gaussian" as const, mean: 128, sigma: 40 };
  return sharp({ create: { width: 256, height: 256, channels: 3, background: "#888", noise } })
    .png()
    .toBuffer();
}
