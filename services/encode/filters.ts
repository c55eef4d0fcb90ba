/**
 * ffmpeg filters that convert incoming frames to the samples that an encoder accepts. Built from
 * numbers and fixed words only.
 */
import type { PixelFormat } from "../../core/output/codecs.js";
import type { FrameFormat, PlannedOutput } from "./encoder.js";
import { outputFormat, stepOf } from "./output-format.js";

/** ffmpeg's names of the layouts of incoming frames. */
export const RAW_FORMATS = { i420: "yuv420p", nv12: "nv12", rgba: "rgba" } as const;

const SCALE_FLAGS = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp";
const FROM_VIDEO = "in_color_matrix=bt709:in_range=tv";

const RGB_FORMATS: ReadonlySet<PixelFormat> = new Set(["rgb24", "rgba", "pal8"]);

/** Whether the file contains RGB, which needs no tags for matrix and range. */
export const isRgb = (format: PixelFormat) => RGB_FORMATS.has(format);

/** The filters of one output, for `-vf`. */
export function filterChain(format: FrameFormat, planned: PlannedOutput): string {
  return [...evenSides(format), ...shown(format, planned), ...samples(format, planned)].join(",");
}

/**
 * Filters to 8-bit RGB in ffmpeg's layout bgr0, or bgra where transparency is kept; `palettegen`
 * and `paletteuse` take both.
 */
export function rgbChain(format: FrameFormat, planned: PlannedOutput): string {
  const layout = planned.keepsAlpha ? "bgra" : "bgr0";
  const rgb = [...conversion(format, "out_range=pc"), `format=${layout}`];
  return [...evenSides(format), ...shown(format, planned), ...rgb].join(",");
}

/** Filters that only change size, number and transparency of the frames. */
export function reducingChain(format: FrameFormat, planned: PlannedOutput): string {
  const layout = format.pixelFormat === "rgba" ? "bgra" : "yuv420p";
  return [...evenSides(format), ...shown(format, planned), `format=${layout}`].join(",");
}

/** Every n-th frame, over white where the output has no transparency, in the size of the output. */
function shown(format: FrameFormat, { output, keepsAlpha }: PlannedOutput): string[] {
  const step = stepOf(format, output);
  const { width, height } = outputFormat(format, output);
  const isScaled = width !== format.width || height !== format.height;
  const scale = `scale=${width}:${height}:${SCALE_FLAGS}`;
  return [
    ...(step > 1 ? [`framestep=${step}`] : []),
    ...(format.hasAlpha && !keepsAlpha ? OVER_WHITE : []),
    // The colors of transparent pixels must not show at the edges of others.
    ...(isScaled && keepsAlpha
      ? ["format=gbrap", "premultiply=inplace=1", scale, "unpremultiply=inplace=1", "format=rgba"]
      : isScaled
        ? [scale]
        : []),
  ];
}

/** White is made of the frame itself, so that both have the same times. */
const OVER_WHITE = [
  "split[photo][copy];[copy]lutrgb=r=255:g=255:b=255:a=255[white];[white][photo]overlay=format=rgb",
  "format=rgba",
];

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
  if (isRgb(pixelFormat)) {
    const layout = pixelFormat === "rgba" ? (encoder.rgbaLayout ?? pixelFormat) : pixelFormat;
    return [...conversion(format, "out_range=pc"), `format=${layout}`];
  }
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
