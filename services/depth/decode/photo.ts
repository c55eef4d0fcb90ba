/** Decodes a photo into upright, opaque sRGB pixels; of an animation, its first frame. */
import { createHash } from "node:crypto";
import sharp from "sharp";
import type { Size } from "../../../core/geometry/size.js";
import { FORMAT_TITLES, unsupported } from "../../../core/photo/format.js";
import { inspectPhoto, type PhotoFacts } from "../../../core/photo/inspect.js";
import { requireSize } from "../../../core/photo/limits.js";
import { fittedSize } from "./fit.js";
import { pixelError } from "./libvips.js";
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
    throw unsupported(`a ${FORMAT_TITLES[facts.format]}, which this server does not accept`);
  }
  const { data, info } = await decode(bytes, limits.maxPixels, (upright) => {
    requireSize(limits, upright.width, upright.height);
    return fittedSize(fit, upright);
  }).catch((error: unknown) => {
    throw pixelError(error, facts);
  });
  const size = { width: info.width, height: info.height };
  if (data.length !== 3 * size.width * size.height) throw unexpectedChannels(facts, info.channels);
  return { rgb: data, ...size, sha256: pixelHash(data, size) };
}

async function decode(bytes: Uint8Array, maxPixels: number, fit: (upright: Size) => Size) {
  const image = sharp(bytes, { limitInputPixels: maxPixels, failOn: "warning", pages: 1 });
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

function unexpectedChannels(facts: PhotoFacts, channels: number): Error {
  return pixelError(new Error(`${channels} channels per pixel`), facts);
}

/** SHA-256 of the size and the pixels, hexadecimal. */
function pixelHash(pixels: Uint8Array, { width, height }: Size): string {
  return createHash("sha256").update(`rgb8 ${width}x${height}\n`).update(pixels).digest("hex");
}
