/** Encodes the picture of a preview. */
import sharp, { type Sharp } from "sharp";
import { rangeError } from "../../../core/errors.js";
import type { Size } from "../../../core/geometry/size.js";
import type { PreviewFormat, PreviewOptions } from "../../../core/preview/options.js";
import type { PreviewPicture } from "../../../proto/gen/depthmesh/v1/preview_service.js";
import type { Picture } from "../render-scene.js";

/** What clients of gRPC take in one message unless they are told otherwise, less its frame. */
export const MAX_PICTURE_BYTES = 4 * 1024 * 1024 - 1024;

/** A picture that somebody waits for: the cheapest settings that look as good. */
const ENCODERS: Readonly<
  Record<
    PreviewFormat,
    { readonly mediaType: string; encode(image: Sharp, quality: number): Sharp }
  >
> = {
  jpeg: { mediaType: "image/jpeg", encode: (image, quality) => image.jpeg({ quality }) },
  webp: { mediaType: "image/webp", encode: (image, quality) => image.webp({ quality, effort: 0 }) },
  png: { mediaType: "image/png", encode: (image) => image.png({ compressionLevel: 3 }) },
};

/** Throws PARAMETER_OUT_OF_RANGE for a file that does not fit into a message. */
export function encodePicture(picture: Picture, options: PreviewOptions): Promise<PreviewPicture> {
  const { rgb, width, height } = picture;
  return encodeImage(sharp(rgb, { raw: { width, height, channels: 3 } }), picture, options);
}

/** The same for an image of sharp of this size. */
export async function encodeImage(
  image: Sharp,
  { width, height }: Size,
  { format, quality, longestSide }: PreviewOptions,
): Promise<PreviewPicture> {
  const picture = await encodedImage(image, { width, height }, { format, quality });
  const { length } = picture.data;
  if (length > MAX_PICTURE_BYTES) {
    const message = `the picture has ${length} bytes, and a message at most ${MAX_PICTURE_BYTES}: choose a smaller longest_side, a lower quality or another format`;
    throw rangeError("options.longest_side", longestSide, { maximum: MAX_PICTURE_BYTES }, message);
  }
  return picture;
}

/** The same, however large the file is. */
export async function encodedImage(
  image: Sharp,
  { width, height }: Size,
  { format, quality }: Pick<PreviewOptions, "format" | "quality">,
): Promise<PreviewPicture> {
  const { mediaType, encode } = ENCODERS[format];
  return { mediaType, width, height, data: await encode(image, quality).toBuffer() };
}
