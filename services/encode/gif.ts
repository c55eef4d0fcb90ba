/**
 * GIF in two passes. The first pass stores the incoming frames losslessly on the disk and computes
 * one palette for the complete clip. The second pass maps each frame to that palette. A single
 * filter graph would keep every frame in memory until the palette is known.
 */
import { join } from "node:path";
import { containerArguments, rateOf } from "./arguments.js";
import type { EncodeRequest, FrameFormat, PlannedOutput } from "./encoder.js";
import { type FfmpegOutput, runFfmpeg } from "./ffmpeg.js";
import { rgbChain } from "./filters.js";
import { outputFormat } from "./output-format.js";

const DITHERS = {
  none: "none",
  bayer: "bayer:bayer_scale=3",
  "floyd-steinberg": "floyd_steinberg",
  "sierra2-4a": "sierra2_4a",
} as const;

export const MAX_COLORS = 256;

/** The files between the passes. `format` is that of the clip. */
export interface GifFiles extends Pick<EncodeRequest, "folder" | "threads" | "limits"> {
  readonly format: FrameFormat;
}

/** Of all GIFs whose frames are equal, so that these share the files. */
function fileOf({ folder, format }: GifFiles, planned: PlannedOutput, name: string): string {
  const { output, keepsAlpha } = planned;
  const { width, height, frames } = outputFormat(format, output);
  return join(folder, `gif-${width}x${height}-${frames}${keepsAlpha ? "-alpha" : ""}-${name}`);
}

/** First pass: frames and palette, two files for each kind of frames. */
export function gifSources(
  files: GifFiles,
  gifs: readonly PlannedOutput[],
  colors = MAX_COLORS,
): FfmpegOutput[] {
  const sources = new Map<string, FfmpegOutput>();
  for (const planned of gifs) {
    const chain = rgbChain(files.format, planned);
    const rate = rateOf(outputFormat(files.format, planned.output));
    const palette = `palettegen=${colors < MAX_COLORS ? `max_colors=${colors}:` : ""}stats_mode=full`;
    for (const source of [
      {
        arguments: [
          ...["-map", "0:v:0", "-vf", chain],
          ...["-c:v", "ffv1", "-level", "3", "-slices", "4", "-threads", String(files.threads)],
          ...["-fps_mode", "cfr", "-r", rate, "-f", "matroska"],
        ],
        target: fileOf(files, planned, "frames.mkv"),
      },
      {
        arguments: [
          ...["-map", "0:v:0", "-vf", `${chain},${palette}`],
          ...["-c:v", "png", "-frames:v", "1", "-update", "1", "-f", "image2"],
        ],
        target: fileOf(files, planned, "palette.png"),
      },
    ]) {
      sources.set(source.target, source);
    }
  }
  return [...sources.values()];
}

/** Second pass: writes the finished GIF. */
export function writeGif(
  files: GifFiles,
  planned: PlannedOutput,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const { format, limits } = files;
  const { output } = planned;
  const dither = DITHERS[output.dither ?? "sierra2-4a"];
  const rate = rateOf(outputFormat(format, output));
  return runFfmpeg(
    {
      inputs: [
        // Matroska rounds times to milliseconds. The frame rate restores the exact times.
        {
          arguments: ["-f", "matroska", "-r", rate],
          source: { file: fileOf(files, planned, "frames.mkv") },
        },
        {
          arguments: ["-f", "image2", "-c:v", "png"],
          source: { file: fileOf(files, planned, "palette.png") },
        },
      ],
      outputs: [
        {
          arguments: [
            ...["-filter_complex", `[0:v:0][1:v:0]paletteuse=dither=${dither}`],
            ...["-c:v", "gif", "-fps_mode", "passthrough", "-map_metadata", "-1"],
            ...containerArguments(output, format),
          ],
          target: file,
        },
      ],
      limits,
    },
    signal,
  );
}
