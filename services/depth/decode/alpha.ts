/** The transparency of a photo, for jobs that keep it. Depth is estimated over white. */
import type { Sharp } from "sharp";
import type { Size } from "../../../core/geometry/size.js";
import type { Orientation } from "../../../core/photo/exif.js";
import { upright } from "./upright.js";

/**
 * Alpha, turned upright, of a photo that has a channel of it, in this size: [height, width], 255
 * opaque. Undefined if it is opaque everywhere.
 */
export async function alphaOf(
  image: Sharp,
  { width, height }: Size,
  orientation: Orientation,
): Promise<Uint8Array | undefined> {
  const alpha = await upright(image, orientation)
    .toColourspace("srgb")
    .resize({ width, height, fit: "fill", withoutEnlargement: true })
    .extractChannel("alpha")
    .raw({ depth: "uchar" })
    .toBuffer();
  if (alpha.length !== width * height) {
    throw new Error(`sharp returned ${alpha.length} bytes of alpha of ${width}×${height}`);
  }
  return alpha.some((value) => value < 255) ? alpha : undefined;
}
