/**
 * GIF in two passes. The first pass stores the incoming frames losslessly on the disk and computes
 * one palette for the complete clip. The second pass maps each frame to that palette. A single
 * filter graph would keep every frame in memory until the palette is known.
 */
import { join } from "node:path";
import { containerArguments, rateOf } from "./arguments.js";
import type { EncodeRequest, PlannedOutput } from "./encoder.js";
import { type FfmpegOutput, runFfmpeg } from "./ffmpeg.js";
import { rgbChain } from "./filters.js";

const FRAMES_FILE = "gif-frames.mkv";
const PALETTE_FILE = "gif-palette.png";

const DITHERS = {
  none: "none",
  bayer: "bayer:bayer_scale=3",
  "floyd-steinberg": "floyd_steinberg",
  "sierra2-4a": "sierra2_4a",
} as const;

/** First pass: frames and palette, two files that all GIFs of a run share. */
export function gifSources({ folder, format, threads }: EncodeRequest): FfmpegOutput[] {
  const frames = ["-fps_mode", "cfr", "-r", rateOf(format)];
  const chain = rgbChain(format);
  return [
    {
      arguments: [
        ...["-map", "0:v:0", "-vf", chain],
        ...["-c:v", "ffv1", "-level", "3", "-slices", "4", "-threads", String(threads)],
        ...[...frames, "-f", "matroska"],
      ],
      target: join(folder, FRAMES_FILE),
    },
    {
      arguments: [
        ...["-map", "0:v:0", "-vf", `${chain},palettegen=stats_mode=full`],
        ...["-c:v", "png", "-frames:v", "1", "-update", "1", "-f", "image2"],
      ],
      target: join(folder, PALETTE_FILE),
    },
  ];
}

/** Second pass: writes the finished GIF. */
export function writeGif(
  { folder, format, limits }: EncodeRequest,
  { output }: PlannedOutput,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const dither = DITHERS[output.dither ?? "sierra2-4a"];
  return runFfmpeg(
    {
      inputs: [
        // Matroska rounds times to milliseconds. The frame rate restores the exact times.
        {
          arguments: ["-f", "matroska", "-r", rateOf(format)],
          source: { file: join(folder, FRAMES_FILE) },
        },
        {
          arguments: ["-f", "image2", "-c:v", "png"],
          source: { file: join(folder, PALETTE_FILE) },
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
