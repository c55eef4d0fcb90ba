/** The files that the cases send: good ones, and one for each way in which a file can be wrong. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { packagePath } from "../../kit/process/package-path.js";
import { breakPixels, grainPng } from "../../testing/photos.js";
import { tone } from "../../testing/sound/tone.js";

const PHOTO = packagePath("samples", "coffee.png");
/** More than the mesh of the cases takes; see mesh-under-test.ts. */
export const TOO_MANY_BYTES = 24 * 1024 * 1024;
export const MAX_PIXELS = 4_000_000;

/** Writes them into a folder; the paths by name. */
export async function makeFiles(folder: string): Promise<Record<string, string>> {
  const paths: Record<string, string> = { photo: PHOTO };
  const put = async (name: string, extension: string, bytes: Uint8Array) => {
    paths[name] = join(folder, `${name}.${extension}`);
    await writeFile(paths[name], bytes);
  };
  const jpeg = await sharp(PHOTO).resize(320).jpeg({ progressive: false }).toBuffer();
  await put("jpeg", "jpg", jpeg);
  await put("truncated", "png", (await readFile(PHOTO)).subarray(0, 20_000));
  // Its structure is right, so that only the depth stage sees that the pixels are broken.
  await put("corrupt", "png", breakPixels(await grainPng(7)));
  await put(
    "text",
    "txt",
    Buffer.from("no photograph at all, and yet long enough to be looked at"),
  );
  await put("tiny", "png", await picture(8, 8));
  await put("manyPixels", "png", await picture(2_500, 2_000));
  await put("map", "png", await sharp(PHOTO).resize(320).grayscale().png().toBuffer());
  await put("large", "bin", Buffer.alloc(TOO_MANY_BYTES, 7));
  await put("tone", "wav", tone(1));
  await put("noSound", "wav", Buffer.from("no sound at all, and yet long enough to be looked at"));
  await put("brokenSound", "wav", tone(1).subarray(0, 44));
  await put("manyFrames", "gif", await animation(1_001));
  // A photo that takes several parts to upload, and differs from the others.
  await put("noise", "png", await noise(1_100, 800));
  return paths;
}

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: "#804020" } })
    .png()
    .toBuffer();

function animation(frames: number): Promise<Buffer> {
  const side = 32;
  // Frames that are alike would be stored as one.
  const pixels = Buffer.alloc(3 * side * side * frames, 0);
  for (let at = 0; at < pixels.length; at++) pixels[at] = (at * 2_654_435_761) >>> 24;
  const raw = { width: side, height: side * frames, channels: 3 as const, pageHeight: side };
  return sharp(pixels, { raw }).gif({ delay: 40, effort: 1, colours: 8 }).toBuffer();
}

async function noise(width: number, height: number): Promise<Buffer> {
  const options = { create: { width, height, channels: 3 as const, background: "#808080" } };
  return sharp({ ...options, create: { ...options.create, noise: gaussian } })
    .png({ compressionLevel: 0 })
    .toBuffer();
}

const gaussian = { type: "gaussian" as const, mean: 128, sigma: 30 };
