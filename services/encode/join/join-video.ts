/** Joins the files of segments into the file of one output, packet by packet. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { OutputSpec } from "../../../core/output/spec.js";
import { clipSeconds, containerArguments, soundArguments } from "../arguments.js";
import type { RunLimits } from "../config.js";
import type { FrameFormat } from "../encoder.js";
import { type FfmpegInput, runFfmpeg } from "../ffmpeg.js";
import { soundInput } from "../sound.js";
import { boxesFor, tagFile } from "../tag-packing.js";

export interface JoinRequest {
  readonly output: OutputSpec;
  /** Names of the segments' files in `folder`, in order, and how many frames each has. */
  readonly files: readonly string[];
  readonly frames: readonly number[];
  /** Of the whole clip. */
  readonly format: FrameFormat;
  readonly folder: string;
  /** A WAV file: it is looped or cut to the length of the output. */
  readonly sound: string | undefined;
  readonly limits: RunLimits;
}

/** Returns the path of the finished file. Throws as ffmpeg's runs do, and the signal's reason. */
export async function joinVideo(request: JoinRequest, signal: AbortSignal): Promise<string> {
  const { output, format, folder, sound, limits } = request;
  const list = join(folder, `${output.name}.list`);
  await writeFile(list, listOf(request));
  // The packets stay as they are: otherwise each key frame of H.264 would get the parameter sets.
  const video: FfmpegInput = {
    arguments: ["-f", "concat", "-auto_convert", "0"],
    source: { file: list },
  };
  const path = join(folder, output.name);
  const seconds = output.repeat * clipSeconds(format);
  const options = [
    ...["-map", "0:v:0", "-c:v", "copy", "-map_metadata", "-1"],
    ...(sound === undefined ? [] : soundArguments(output, seconds)),
    ...containerArguments(output, format),
  ];
  const inputs = sound === undefined ? [video] : [video, soundInput(sound)];
  await runFfmpeg({ inputs, outputs: [{ arguments: options, target: path }], limits }, signal);
  const boxes = boxesFor(output, format.packing);
  if (boxes) await tagFile(path, boxes, signal);
  return path;
}

/**
 * A list for ffmpeg's `concat`. It tells how long each file is, because MP4 rounds that to
 * milliseconds. A repeated output has the whole clip several times.
 */
function listOf({ output, files, frames, format }: JoinRequest): string {
  const once = files.flatMap((file, index) => {
    const seconds = clipSeconds({ ...format, frames: frames[index] ?? 0 });
    return [`file '${file}'`, `duration ${seconds.toFixed(6)}`];
  });
  const all = Array.from({ length: output.repeat }, () => once).flat();
  return ["ffconcat version 1.0", ...all, ""].join("\n");
}
