/** ffmpeg's arguments for the video of a job without a mesh: fragments, in one file. */
import type { JobSpec } from "../../core/spec/spec.js";
import { rawInput } from "../../services/encode/arguments.js";
import type { FrameFormat } from "../../services/encode/encoder.js";
import { liveArguments } from "../../services/encode/live/fragments.js";

/**
 * The options that the encode service uses for an H.264 output of its own choice of encoder, on
 * software. `input` is a file of raw frames, or "-". Throws when the job has no output.
 */
export function ffmpegArguments(
  { outputs: [output] }: Pick<JobSpec, "outputs">,
  format: FrameFormat,
  input: string,
  file: string,
): string[] {
  if (!output) throw new Error("the job has no output");
  const encoder = { name: "libx264", codec: "h264" } as const;
  const options = liveArguments({ output, encoder, keepsAlpha: false }, format, 0, []);
  return ["-v", "error", "-y", ...rawInput(format), "-i", input, ...options, file];
}
