/**
 * ffmpeg filters that convert incoming frames to the samples that an encoder accepts. Built from
 * numbers and fixed words only.
 */
import type { PixelFormat } from "../../core/output/codecs.js";
import type { FrameFormat, PlannedOutput } from "./encoder.js";

/** ffmpeg's names of the layouts of incoming frames. */
export const RAW_FORMATS = { i420: "yuv420p", nv12: "nv12", rgba: "rgba" } as const;

const SCALE_FLAGS = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp";
const FROM_VIDEO = "in_color_matrix=bt709:in_range=tv";

const RGB_FORMATS: ReadonlySet<PixelFormat> = new Set(["rgb24", "rgba", "pal8"]);

/** Whether the file contains RGB, which needs no tags for matrix and range. */
export const isRgb = (format: PixelFormat) => RGB_FORMATS.has(format);

/** The filters of one output, for `-vf`. */
export function filterChain(format: FrameFormat, planned: PlannedOutput): string {
  return [...evenSides(format), ...samples(format, planned)].join(",");
}

/** Filters to 8-bit RGB in ffmpeg's layout bgr0, which `palettegen` and `paletteuse` take. */
export function rgbChain(format: FrameFormat): string {
  return [...evenSides(format), ...conversion(format, "out_range=pc"), "format=bgr0"].join(",");
}

/** 4:2:0 needs even sides. */
function evenSides({ width, height, oddSides = "crop" }: FrameFormat): string[] {
  if (width % 2 === 0 && height % 2 === 0) return [];
  // A side of one pixel cannot be cropped.
  const crop = oddSides === "crop" && width > 1 && height > 1;
  const even = (side: number) => (crop ? side - (side % 2) : side + (side % 2));
  return [`${crop ? "crop" : "pad"}=${even(width)}:${even(height)}:0:0`];
}

function samples(format: FrameFormat, { output, encoder }: PlannedOutput): readonly string[] {
  const { pixelFormat } = output;
  if (isRgb(pixelFormat)) return [...conversion(format, "out_range=pc"), `format=${pixelFormat}`];
  const { untaggedMatrix, inputFilters = [`format=${pixelFormat}`] } = encoder;
  const unchanged = !untaggedMatrix && RAW_FORMATS[format.pixelFormat ?? "i420"] === pixelFormat;
  if (unchanged) return inputFilters;
  const to = `out_color_matrix=${untaggedMatrix ?? "bt709"}:out_range=tv`;
  return [...conversion(format, to), ...inputFilters];
}

function conversion({ pixelFormat = "i420" }: FrameFormat, to: string): string[] {
  const from = pixelFormat === "rgba" ? [] : [FROM_VIDEO];
  return [`scale=${[...from, to, SCALE_FLAGS].join(":")}`];
}
