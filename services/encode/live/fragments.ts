/**
 * Fragmented MP4, which plays while it is still being written: which output is written that way,
 * ffmpeg's options for it, and the copy of its packets into one plain MP4 at the end.
 */
import { join } from "node:path";
import type { FramePacking } from "../../../core/output/frame-packing.js";
import { containerArguments, videoArguments } from "../arguments.js";
import type { EncodeRequest, FrameFormat, LiveOutput, PlannedOutput } from "../encoder.js";
import { runFfmpeg } from "../ffmpeg.js";
import { boxesFor, taggedFragments } from "../tag-packing.js";
import { earlyStart } from "./early-start.js";
import type { SegmentStore } from "./segment-store.js";

export const FRAGMENTS_FILE = "fragments.mp4";

/** Seconds between key frames: how long a player waits or skips at most. */
const GOP_SECONDS = 0.5;

/**
 * One fragment per key frame, an init segment that is complete by itself, and offsets from the
 * start of each fragment. `delay_moov` writes the init segment together with the first fragment, so
 * that it contains the edit list that moves the first frame to 0 s; a copy of the packets keeps
 * that list. Without a trailer, the bytes are the segments and nothing else.
 */
const FRAGMENT_FLAGS =
  "frag_keyframe+empty_moov+default_base_moof+delay_moov+skip_trailer+write_colr";

/**
 * Opens the file of fragments for the first MP4 among the outputs. Undefined if there is no MP4.
 * Its init segment says how the views of both eyes lie in a frame.
 */
export async function openLive(
  segments: SegmentStore,
  outputs: readonly PlannedOutput[],
  folder: string,
  packing?: FramePacking,
): Promise<LiveOutput | undefined> {
  const planned = outputs.find(({ output }) => output.container === "mp4");
  if (!planned) return undefined;
  const file = join(folder, FRAGMENTS_FILE);
  const boxes = boxesFor(planned.output, packing);
  return { planned, file, stream: await segments.openFile(file, boxes && taggedFragments(boxes)) };
}

/**
 * ffmpeg's output options for fragments instead of a plain file. `sound` contains the options of
 * its sound.
 */
export function liveArguments(
  planned: PlannedOutput,
  format: FrameFormat,
  threads: number,
  sound: readonly string[],
): string[] {
  const gopFrames = planned.output.gopFrames ?? liveGopFrames(format);
  const output = { ...planned.output, gopFrames };
  return [
    ...videoArguments({ ...planned, output }, format, threads, true),
    ...earlyStart(planned.output, planned.encoder, gopFrames),
    ...sound,
    ...containerArguments(output, format),
    // ffmpeg uses the last `-movflags`, so this one replaces that of the container.
    ...["-movflags", FRAGMENT_FLAGS, "-flush_packets", "1"],
  ];
}

/**
 * Frames per fragment after the first ones, unless the output sets its own distance of key frames.
 */
export function liveGopFrames({ frameRateNumerator, frameRateDenominator }: FrameFormat): number {
  return Math.max(1, Math.round((GOP_SECONDS * frameRateNumerator) / frameRateDenominator));
}

/** Copies the packets of the fragments into one file that has its index in front. */
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
