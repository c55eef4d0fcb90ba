/** The photos of the jobs: small, each of its own, and broken where that is wanted. */
import sharp from "sharp";
import { seededRandom } from "../../testing/random.js";

const WIDTH = 96;
const HEIGHT = 64;

/** A PNG with grain of its own, so that no other job has made its depth map already. */
export function drawPhoto(seed: number): Promise<Buffer> {
  const random = seededRandom(seed);
  const pixels = Buffer.from(
    Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => (i % 200) + Math.floor(56 * random())),
  );
  return sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .png()
    .toBuffer();
}

/** The same with its compressed pixels overwritten: chunks, lengths and end are as they were. */
export function breakPixels(photo: Buffer): Buffer {
  const broken = Buffer.from(photo);
  const data = broken.indexOf("IDAT") + "IDAT".length;
  // Past the two bytes of zlib's header.
  broken.fill(0xff, data + 2, data + 66);
  return broken;
}
