/** Decodes a photo into upright, opaque sRGB pixels; of an animation, its first frame. */
import { createHash } from "node:crypto";
import type { PhotoGuide } from "../../../core/depthmap/post-processing.js";
import { resizedBytes } from "../../../core/depthmap/resize.js";
import { type Size, withinLongSide } from "../../../core/geometry/size.js";
import { notTaken } from "../../../core/photo/format.js";
import { inspectPhoto } from "../../../core/photo/inspect.js";
import { requireSize } from "../../../core/photo/limits.js";
import { uprightSize } from "../../../core/photo/structure.js";
import { alphaOf } from "./alpha.js";
import { isLeftToLibvips, shownPixels, storedColor } from "./color.js";
import { decodeWatched } from "./damage.js";
import { fittedSize } from "./fit.js";
import type { DecodedPhoto, DecodePhotoRequest } from "./protocol.js";
import { orientationLeft } from "./upright.js";

/**
 * Checks the structure of the file, then decodes its pixels. Throws the IMAGE_ reasons, and nothing
 * else, for a bad file. Transparent parts become white, as a web page would show them: they have no
 * depth of their own.
 */
export async function decodePhoto(
  bytes: Uint8Array,
  { limits, formats, fit, wantsAlpha = false, guideLongSidePixels }: DecodePhotoRequest,
): Promise<DecodedPhoto> {
  const facts = inspectPhoto(bytes, limits);
  if (!formats.includes(facts.format)) {
    throw notTaken(facts.format, formats);
  }
  const options = { limitInputPixels: limits.maxPixels, pages: 1 };
  const canvas = { width: facts.widthPixels, height: facts.heightPixels };
  const file = { format: facts.format, bytes, covered: facts.covered, canvas };
  const shown = await decodeWatched(file, options, async (open) => {
    const metadata = await open().metadata();
    const { hasAlpha } = metadata;
    const orientation = orientationLeft(facts.format, facts.orientation);
    const size = uprightSize({ ...sizeOf(metadata), orientation });
    requireSize(limits, size.width, size.height);
    const color = storedColor(bytes, facts.format, metadata);
    const image = open({ ignoreIcc: !isLeftToLibvips(color) });
    const pixels = await shownPixels(image, color, {
      target: fittedSize(fit, size),
      orientation,
    });
    return {
      ...pixels,
      ...(wantsAlpha && hasAlpha && { alpha: await alphaOf(open(), pixels, orientation) }),
    };
  });
  const { orientation } = facts;
  const guide = guideOf(shown, guideLongSidePixels);
  return { ...shown, guide, sha256: pixelHash(shown.rgb, shown), orientation };
}

/**
 * Area averages, and not one of libvips' kernels: these differ from them by up to 24 steps, and
 * the maps of earlier photos would not be those of today.
 */
function guideOf({ rgb, width, height }: PhotoGuide, longSidePixels = Infinity): PhotoGuide {
  const size = withinLongSide({ width, height }, longSidePixels);
  if (size.width === width) return { rgb, width, height };
  return { rgb: resizedBytes(rgb, { width, height }, size), ...size };
}

const sizeOf = ({ width, height }: { readonly width: number; readonly height: number }) => ({
  widthPixels: width,
  heightPixels: height,
});

/** SHA-256 of the size and the pixels, hexadecimal. */
function pixelHash(pixels: Uint8Array, { width, height }: Size): string {
  return createHash("sha256").update(`rgb8 ${width}x${height}\n`).update(pixels).digest("hex");
}
