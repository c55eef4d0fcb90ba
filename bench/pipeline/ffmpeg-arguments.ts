/** ffmpeg's arguments for the video of a job without a mesh: fragments, in one file. */
import type { JobSpec } from "../../core/spec/spec.js";
import { rawInput } from "../../services/encode/arguments.js";
import type { FrameFormat } from "../../services/encode/encoder.js";
import { ENCODERS } from "../../services/encode/encoders.js";
import { FRAGMENT_FLAGS, liveArguments } from "../../services/encode/live/fragments.js";

const X264 = "libx264";

/**
 * The options that the encode service uses for an H.264 output on software. `input` is a file of
 * raw frames, or "-". Throws when the job has no output.
 */
export function ffmpegArguments(
  { outputs: [output] }: Pick<JobSpec, "outputs">,
  format: FrameFormat,
  input: string,
  file: string,
): string[] {
  // The whole row: without its options x264 would take its own speed, which is slower.
  const encoder = ENCODERS.find(({ name }) => name === X264);
  if (!output || !encoder) throw new Error("the job has no output that this encoder makes");
  const options = liveArguments({ output, encoder, keepsAlpha: false }, format, 0, {
    sound: [],
    isFirst: true,
  });
  const fragments = ["-f", "mp4", "-movflags", FRAGMENT_FLAGS, "-flush_packets", "1"];
  return ["-v", "error", "-y", ...rawInput(format), "-i", input, ...options, ...fragments, file];
}
