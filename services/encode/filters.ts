/**
 * Filters between the frames as they come and the samples that an encoder takes. Made of numbers
 * and known words only.
 */
import type { PixelFormat } from "../../core/output/codecs.js";
import type { FrameFormat, PlannedOutput } from "./encoder.js";

/** ffmpeg's name of the frames' layout. */
export const RAW_FORMATS = { i420: "yuv420p", nv12: "nv12", rgba: "rgba" } as const;

const SCALE_FLAGS = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp";
const FROM_VIDEO = "in_color_matrix=bt709:in_range=tv";

const RGB_FORMATS: ReadonlySet<PixelFormat> = new Set(["rgb24", "rgba", "pal8"]);

/** Whether the file holds RGB, so that no matrix and no range need a tag. */
export const isRgb = (format: PixelFormat) => RGB_FORMATS.has(format);

/** One filter chain, for `-vf`. */
export function filterChain(format: FrameFormat, { output, encoder }: PlannedOutput): string {
  return [...evenSides(format), ...samples(format, output.pixelFormat, encoder)].join(",");
}

/** To 8-bit RGB in ffmpeg's layout bgr0, as palettes are made of. */
export function rgbChain(format: FrameFormat): string {
  return [...evenSides(format), ...conversion(format, "out_range=pc"), "format=bgr0"].join(",");
}

/** 4:2:0 needs even sides. */
function evenSides({ width, height, oddSides = "crop" }: FrameFormat): string[] {
  if (width % 2 === 0 && height % 2 === 0) return [];
  // Half a pixel of chroma cannot be cut, and a side of one pixel cannot be cropped at all.
  const crop = oddSides === "crop" && width > 1 && height > 1;
  const even = (side: number) => (crop ? side - (side % 2) : side + (side % 2));
  return [`${crop ? "crop" : "pad"}=${even(width)}:${even(height)}:0:0`];
}

function samples(
  format: FrameFormat,
  wanted: PixelFormat,
  { name, hardware }: PlannedOutput["encoder"],
): string[] {
  // WebP's own YUV is BT.601.
  if (name === "libwebp_anim") {
    return [...conversion(format, "out_color_matrix=bt601:out_range=tv"), "format=yuv420p"];
  }
  if (isRgb(wanted)) return [...conversion(format, "out_range=pc"), `format=${wanted}`];
  const ready = RAW_FORMATS[format.pixelFormat ?? "i420"] === wanted;
  const converted = ready ? [] : conversion(format, "out_color_matrix=bt709:out_range=tv");
  if (hardware === "vaapi") return [...converted, "format=nv12", "hwupload"];
  if (hardware === "qsv") return [...converted, "format=nv12"];
  return [...converted, `format=${wanted}`];
}

function conversion({ pixelFormat = "i420" }: FrameFormat, to: string): string[] {
  const from = pixelFormat === "rgba" ? [] : [FROM_VIDEO];
  return [`scale=${[...from, to, SCALE_FLAGS].join(":")}`];
}
