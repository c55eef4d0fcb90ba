/** Small photos in every accepted format, as real encoders write them: what fuzzing starts from. */
import sharp, { type Sharp } from "sharp";
import { seededRandom } from "./random.js";

const WIDTH = 96;
const HEIGHT = 64;

/** A slope of colors with seeded grain, so that every part of the file carries picture. */
function grainPicture(seed = 5): Sharp {
  const random = seededRandom(seed);
  const pixels = Buffer.from(
    Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => (i % 200) + Math.floor(56 * random())),
  );
  return sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
}

const WRITERS: readonly (readonly [name: string, write: (picture: Sharp) => Sharp])[] = [
  ["jpeg", (picture) => picture.withMetadata({ orientation: 6 }).jpeg({ quality: 80 })],
  ["jpeg progressive", (picture) => picture.jpeg({ progressive: true })],
  ["jpeg cmyk", (picture) => picture.toColourspace("cmyk").jpeg()],
  ["png", (picture) => picture.withIccProfile("p3").png()],
  ["png 16-bit", (picture) => picture.toColourspace("rgb16").png()],
  ["png interlaced", (picture) => picture.png({ progressive: true, palette: true })],
  ["webp", (picture) => picture.ensureAlpha(0.5).webp()],
  ["webp lossless", (picture) => picture.webp({ lossless: true })],
  ["gif", (picture) => picture.gif()],
  ["avif", (picture) => picture.avif({ effort: 0 })],
  ["tiff", (picture) => picture.tiff({ compression: "lzw" })],
  ["tiff tiled", (picture) => picture.tiff({ compression: "deflate", tile: true })],
];

export interface PhotoFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export function photoFiles(): Promise<PhotoFile[]> {
  return Promise.all(
    WRITERS.map(async ([name, write]) => ({ name, bytes: await write(grainPicture()).toBuffer() })),
  );
}
