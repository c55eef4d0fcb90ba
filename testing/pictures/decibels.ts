/** How close two picture files are. */
import assert from "node:assert/strict";
import sharp from "sharp";

/**
 * Peak signal-to-noise ratio over all channels, in dB; what is transparent is over white. The
 * pictures must have the same size.
 */
export async function decibels(a: Uint8Array, b: Uint8Array): Promise<number> {
  const [first, second] = await Promise.all([a, b].map(samplesOf));
  assert.ok(first && second);
  assert.deepEqual(first.info, second.info);
  let sum = 0;
  for (const [i, value] of first.data.entries()) sum += (value - (second.data[i] ?? 0)) ** 2;
  return 10 * Math.log10((255 * 255 * first.data.length) / Math.max(1e-9, sum));
}

function samplesOf(file: Uint8Array) {
  return sharp(file)
    .flatten({ background: "#ffffff" })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
}
