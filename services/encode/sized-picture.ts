/**
 * Animated pictures with a largest size. The main ffmpeg stores their frames losslessly on the
 * disk; afterwards the picture is encoded from that file, as often as the search for a size that
 * fits needs. The frames are drawn once.
 */
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { DepthmeshError } from "../../core/errors.js";
import {
  mostEncodes,
  type SizeStep,
  searchSize,
  sizeSteps,
} from "../../core/output/size-search.js";
import type { OutputSpec } from "../../core/output/spec.js";
import { containerArguments, rateOf, videoArguments } from "./arguments.js";
import type { EncodedOutput, EncodeRequest, FrameFormat, PlannedOutput } from "./encoder.js";
import { type FfmpegInput, type FfmpegOutput, runFfmpeg } from "./ffmpeg.js";
import { reducingChain } from "./filters.js";
import { gifSources, MAX_COLORS, writeGif } from "./gif.js";
import { outputFormat } from "./output-format.js";

/** The stored frames: as large and as many as the picture may have. */
function storedFormat(format: FrameFormat, { output, keepsAlpha }: PlannedOutput): FrameFormat {
  const { oddSides: _even, ...stored } = outputFormat(format, output);
  const pixelFormat = format.pixelFormat === "rgba" ? "rgba" : "i420";
  return { ...stored, pixelFormat, hasAlpha: keepsAlpha };
}

function framesFile({ folder, format }: EncodeRequest, planned: PlannedOutput): string {
  const { width, height, frames, hasAlpha } = storedFormat(format, planned);
  return join(folder, `frames-${width}x${height}-${frames}${hasAlpha ? "-alpha" : ""}.mkv`);
}

/** Outputs of the main ffmpeg: the frames of these pictures, one file for each kind of frames. */
export function storedFrames(
  request: EncodeRequest,
  pictures: readonly PlannedOutput[],
): FfmpegOutput[] {
  const { format, threads } = request;
  const outputs = pictures.map((planned) => ({
    arguments: [
      ...["-map", "0:v:0", "-vf", reducingChain(format, planned)],
      ...["-c:v", "ffv1", "-level", "3", "-slices", "4", "-threads", String(threads)],
      ...["-fps_mode", "cfr", "-r", rateOf(outputFormat(format, planned.output))],
      ...["-f", "matroska"],
    ],
    target: framesFile(request, planned),
  }));
  return [...new Map(outputs.map((output) => [output.target, output])).values()];
}

/**
 * Writes the first of the steps of `sizeSteps` that fits to `file`. `report` gets the fraction of
 * the most encodes that are done. Throws OUTPUT_TOO_LARGE if the last one does not fit either.
 */
export async function writeSizedPicture(
  request: EncodeRequest,
  planned: PlannedOutput,
  file: string,
  signal: AbortSignal,
  report: (fraction: number) => void,
): Promise<EncodedOutput> {
  const { output } = planned;
  const { maxSizeBytes: limitBytes = 0 } = output;
  const stored = storedFormat(request.format, planned);
  const { frameRateNumerator, frameRateDenominator } = stored;
  const steps = sizeSteps(output, stored, frameRateNumerator / frameRateDenominator);
  const input: FfmpegInput = {
    arguments: ["-f", "matroska", "-r", rateOf(stored)],
    source: { file: framesFile(request, planned) },
  };
  let done = 0;
  const found = await searchSize(steps.length, limitBytes, async (index) => {
    const folder = join(request.folder, `${output.name}.trial`);
    const target = join(folder, output.name);
    await mkdir(folder);
    const tried = { ...planned, output: atStep(output, steps[index]) };
    const colors = steps[index]?.colors ?? MAX_COLORS;
    await encodePicture(
      { ...request, folder, format: stored },
      input,
      tried,
      { target, colors },
      signal,
    );
    const { size } = await stat(target);
    if (size <= limitBytes) await rename(target, file);
    await rm(folder, { recursive: true });
    done += 1;
    report(done / mostEncodes(steps.length));
    return size;
  });
  const step = steps[found.index];
  if (!step) throw tooLarge(output, limitBytes, found.sizeBytes);
  const { sizeBytes, encodes } = found;
  const encoded = { ...planned, output: atStep(output, step), path: file };
  if (found.index === 0) return { ...planned, path: file };
  const { colors } = step;
  return { ...encoded, reduction: { sizeBytes, encodes, ...(colors !== undefined && { colors }) } };
}

function atStep(output: OutputSpec, step: SizeStep | undefined): OutputSpec {
  const { maxLongestSide, maxFrameRate, quality } = step ?? {};
  return {
    ...output,
    ...(maxLongestSide !== undefined && { maxLongestSide }),
    ...(maxFrameRate !== undefined && { maxFrameRate }),
    ...(quality !== undefined && { quality }),
  };
}

async function encodePicture(
  request: EncodeRequest,
  input: FfmpegInput,
  planned: PlannedOutput,
  { target, colors }: { readonly target: string; readonly colors: number },
  signal: AbortSignal,
): Promise<void> {
  const { format, threads, limits } = request;
  if (planned.output.codec === "gif") {
    const outputs = gifSources(request, [planned], colors);
    await runFfmpeg({ inputs: [input], outputs, limits }, signal);
    return writeGif(request, planned, target, signal);
  }
  const options = [
    ...videoArguments(planned, format, threads),
    ...containerArguments(planned.output, format),
  ];
  return runFfmpeg({ inputs: [input], outputs: [{ arguments: options, target }], limits }, signal);
}

function tooLarge({ name }: OutputSpec, limitBytes: number, actualBytes: number): DepthmeshError {
  const message = `${name} has at least ${actualBytes} bytes, even as small as it is made; its limit is ${limitBytes}: raise max_size_bytes or shorten the clip`;
  return new DepthmeshError("OUTPUT_TOO_LARGE", message, {
    metadata: {
      field: "outputs.max_size_bytes",
      output: name,
      limit_bytes: String(limitBytes),
      actual_bytes: String(actualBytes),
    },
  });
}
