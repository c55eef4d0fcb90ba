/**
 * Photos for tests and benches: photographs in a folder, small generated files, and damaged ones.
 */
import { readdir } from "node:fs/promises";
import { join, parse, resolve } from "node:path";
import sharp, { type Sharp } from "sharp";
import { packagePath } from "../kit/process/package-path.js";
import { heicFile, hevcPicture } from "./pictures/heif.js";
import { seededRandom } from "./random.js";

const PHOTO = /\.(jpe?g|png|webp|avif|tiff?)$/i;
const WIDTH = 96;
const HEIGHT = 64;

export interface Photo {
  /** File name without its extension. */
  readonly name: string;
  readonly path: string;
}

/** The photographs in `folder`, or in samples/. Throws when there are none. */
export async function listPhotos(folder: string | undefined): Promise<readonly Photo[]> {
  const where = folder === undefined ? packagePath("samples") : resolve(folder);
  const files = (await readdir(where)).filter((file) => PHOTO.test(file)).sort();
  if (files.length === 0) throw new Error(`no photographs in ${where}`);
  return files.map((file) => ({ name: parse(file).name, path: join(where, file) }));
}

/** A color gradient with seeded grain, so that every part of the file holds picture data. */
function grainPicture(seed = 5): Sharp {
  const random = seededRandom(seed);
  const pixels = Buffer.from(
    Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => (i % 200) + Math.floor(56 * random())),
  );
  return sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
}

/** A small PNG; each seed gives another photo, so that no cached result fits it. */
export function grainPng(seed: number): Promise<Buffer> {
  return grainPicture(seed).png().toBuffer();
}

/** A copy of a PNG with damaged pixel data and intact chunks: only decoding it finds the damage. */
export function breakPixels(png: Buffer): Buffer {
  const broken = Buffer.from(png);
  const data = broken.indexOf("IDAT") + "IDAT".length;
  // Past the two bytes of zlib's header.
  return broken.fill(0xff, data + 2, data + 66);
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
  ["tiff packbits", (picture) => picture.tiff({ compression: "packbits" })],
  ["tiff jpeg", (picture) => picture.tiff({ compression: "jpeg" })],
  ["tiff big", (picture) => picture.tiff({ compression: "none", bigtiff: true })],
  ["tiff tiled", (picture) => picture.tiff({ compression: "deflate", tile: true })],
];

export interface PhotoFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** The same small picture in every accepted format, as real encoders write it. */
export async function photoFiles(): Promise<PhotoFile[]> {
  const files = WRITERS.map(async ([name, write]) => ({
    name,
    bytes: await write(grainPicture()).toBuffer(),
  }));
  const rgb = await grainPicture().raw().toBuffer();
  const size = { width: WIDTH, height: HEIGHT };
  const picture = await hevcPicture(rgb, size);
  const alpha = await hevcPicture(rgb, size, "gray");
  const grid = { tiles: [picture, picture], columns: 2, width: 2 * WIDTH, height: HEIGHT };
  return [
    ...(await Promise.all(files)),
    { name: "heic", bytes: heicFile(picture, { alpha, turns: 1 }) },
    { name: "heic grid", bytes: heicFile(undefined, { grid }) },
  ];
}
