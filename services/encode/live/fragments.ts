/** An MP4 that plays while it grows, and the same packets as one file at the end. */
import { containerArguments, videoArguments } from "../arguments.js";
import type { EncodeRequest, FrameFormat, LiveOutput, PlannedOutput } from "../encoder.js";
import { runFfmpeg } from "../ffmpeg.js";

/** Seconds from one key frame to the next: what a player waits for at most, and has to skip at most. */
const GOP_SECONDS = 0.5;

/**
 * One fragment a key frame, an init segment that stands alone, offsets from each fragment's own start. `delay_moov` writes
 * the init segment with the first fragment: it then holds the edit list that brings the first frame to 0 s, which a copy
 * of the packets keeps. Without a trailer the bytes are the segments and nothing else.
 */
const FRAGMENT_FLAGS =
  "frag_keyframe+empty_moov+default_base_moof+delay_moov+skip_trailer+write_colr";

/** Output options of fragments in the place of a file. `sound` are the options of its sound. */
export function liveArguments(
  planned: PlannedOutput,
  format: FrameFormat,
  threads: number,
  sound: readonly string[],
): string[] {
  const gopFrames = planned.output.gopFrames ?? liveGopFrames(format);
  const output = { ...planned.output, gopFrames };
  return [
    ...videoArguments({ ...planned, output }, format, threads),
    ...sound,
    ...containerArguments(output, format),
    // The later one counts.
    ...["-movflags", FRAGMENT_FLAGS, "-flush_packets", "1"],
  ];
}

/** Frames of half a second. */
export function liveGopFrames({ frameRateNumerator, frameRateDenominator }: FrameFormat): number {
  return Math.max(1, Math.round((GOP_SECONDS * frameRateNumerator) / frameRateDenominator));
}

/** Copy the packets into one file with its index in front. */
export function remux(
  { format, limits }: EncodeRequest,
  { planned, file }: LiveOutput,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const copy = ["-map", "0", "-c", "copy", "-map_metadata", "-1"];
  return runFfmpeg(
    {
      inputs: [{ arguments: ["-f", "mp4"], source: { file } }],
      outputs: [{ arguments: [...copy, ...containerArguments(planned.output, format)], target }],
      limits,
    },
    signal,
  );
}
