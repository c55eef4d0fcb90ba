/** The photographs that benches run on: `--photos DIR`, or samples/. */
import { readdir } from "node:fs/promises";
import { join, parse, resolve } from "node:path";
import sharp, { type Sharp } from "sharp";
import { packagePath } from "../kit/process/package-path.js";
import { seededRandom } from "./random.js";

const PHOTO = /\.(jpe?g|png|webp|avif|tiff?)$/i;

export interface Photo {
  /** File name without its ending. */
  readonly name: string;
  readonly path: string;
}

/** Throws when the folder holds none. */
export async function listPhotos(folder: string | undefined): Promise<readonly Photo[]> {
  const where = folder === undefined ? packagePath("samples") : resolve(folder);
  const files = (await readdir(where)).filter((file) => PHOTO.test(file)).sort();
  if (files.length === 0) throw new Error(`no photographs in ${where}`);
  return files.map((file) => ({ name: parse(file).name, path: join(where, file) }));
}

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
