/** Stills as PNG files; sharp works in threads of its own. */
import sharp, { type OverlayOptions, type Sharp } from "sharp";
import type { Size } from "../../core/geometry/size.js";
import type { Picture } from "./renderer.js";

sharp.cache(false);

/** zlib's level: higher ones cost a multiple of the time for a few per cent. */
const COMPRESSION_LEVEL = 4;

/** Longest side of a strip in pixels, as long as that of the largest frame. */
const MAX_STRIP_SIDE_PIXELS = 4096;

export interface PngFile extends Size {
  readonly bytes: Uint8Array;
}

export async function encodePng({ rgb, width, height }: Picture): Promise<PngFile> {
  const bytes = await rawImage(rgb, { width, height })
    .png({ compressionLevel: COMPRESSION_LEVEL })
    .toBuffer();
  return { bytes, width, height };
}

/** Size of each still of a strip: the frame's, or what lets all of them stand beside one another within the limit. */
export function stripCell({ width, height }: Size, count: number): Size {
  const scale = Math.min(1, MAX_STRIP_SIDE_PIXELS / (count * width));
  return {
    width: Math.max(1, Math.floor(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

/** Pictures of one size beside one another, the first on the left. They are asked for one after another. */
export async function encodeStrip(
  frame: Size,
  count: number,
  pictures: AsyncIterable<Picture>,
): Promise<PngFile> {
  const cell = stripCell(frame, count);
  const layers: OverlayOptions[] = [];
  for await (const { rgb } of pictures) {
    const { data } = await rawImage(rgb, frame)
      .resize({ ...cell, fit: "fill" })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const left = layers.length * cell.width;
    layers.push({ input: data, raw: { ...cell, channels: 3 }, left, top: 0 });
  }
  const width = count * cell.width;
  const strip = { width, height: cell.height, channels: 3 as const, background: "#000000" };
  const bytes = await sharp({ create: strip })
    .composite(layers)
    .removeAlpha()
    .png({ compressionLevel: COMPRESSION_LEVEL })
    .toBuffer();
  return { bytes, width, height: cell.height };
}

function rawImage(rgb: Uint8Array, { width, height }: Size): Sharp {
  return sharp(rgb, { raw: { width, height, channels: 3 } });
}
