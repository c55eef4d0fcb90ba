/** Decodes a photo into upright, opaque sRGB pixels; of an animation, its first frame. */
import { createHash } from "node:crypto";
import type { Sharp } from "sharp";
import type { Size } from "../../../core/geometry/size.js";
import { notTaken } from "../../../core/photo/format.js";
import { inspectPhoto } from "../../../core/photo/inspect.js";
import { requireSize } from "../../../core/photo/limits.js";
import { decodeWatched } from "./damage.js";
import { fittedSize } from "./fit.js";
import type { DecodedPhoto, DecodePhotoRequest } from "./protocol.js";

/**
 * Checks the structure of the file, then decodes its pixels. Throws the IMAGE_ reasons, and nothing
 * else, for a bad file. Transparent parts become white, as a web page would show them: they have no
 * depth of their own.
 */
export async function decodePhoto(
  bytes: Uint8Array,
  { limits, formats, fit }: DecodePhotoRequest,
): Promise<DecodedPhoto> {
  const facts = inspectPhoto(bytes, limits);
  if (!formats.includes(facts.format)) {
    throw notTaken(facts.format, formats);
  }
  const options = { limitInputPixels: limits.maxPixels, pages: 1 };
  const file = { format: facts.format, bytes, covered: facts.covered };
  const { data, info } = await decodeWatched(file, options, (image) =>
    uprightPixels(image, (upright) => {
      requireSize(limits, upright.width, upright.height);
      return fittedSize(fit, upright);
    }),
  );
  const size = { width: info.width, height: info.height };
  if (data.length !== 3 * size.width * size.height) {
    throw new Error(`sharp returned ${info.channels} channels of ${size.width}×${size.height}`);
  }
  return { rgb: data, ...size, sha256: pixelHash(data, size) };
}

async function uprightPixels(image: Sharp, fit: (upright: Size) => Size) {
  const { autoOrient } = await image.metadata();
  const target = fit(autoOrient);
  return image
    .autoOrient()
    .toColourspace("srgb")
    .flatten({ background: "#ffffff" })
    .resize({ ...target, fit: "fill", withoutEnlargement: true })
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
}

/** SHA-256 of the size and the pixels, hexadecimal. */
function pixelHash(pixels: Uint8Array, { width, height }: Size): string {
  return createHash("sha256").update(`rgb8 ${width}x${height}\n`).update(pixels).digest("hex");
}
