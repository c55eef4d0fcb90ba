import sharp from "sharp";

/** A photo that takes more than one message, and that no other bench has. */
export function made(): Promise<Buffer> {
  const noise = { type: "gaussian" as const, mean: 128, sigma: 40 };
  return sharp({ create: { width: 512, height: 512, channels: 3, background: "#888", noise } })
    .png()
    .toBuffer();
}
