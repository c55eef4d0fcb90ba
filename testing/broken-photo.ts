/** Photos whose structure is whole and whose pixels are not: what only a decoder finds. */
import sharp from "sharp";

/** A PNG of noise; each seed gives another one. */
export async function brokenPhoto(seed: number): Promise<Buffer> {
  let state = seed;
  const data = Buffer.from(
    Array.from({ length: 64 * 48 * 3 }, () => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return state % 256;
    }),
  );
  const png = await sharp(data, { raw: { width: 64, height: 48, channels: 3 } })
    .png()
    .toBuffer();
  const pixels = png.indexOf("IDAT");
  return png.fill(0x55, pixels + 40, pixels + 400);
}
