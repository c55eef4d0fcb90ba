/**
 * Fragmented MP4, which plays while it is still being written: which output is written that way,
 * ffmpeg's options for it, and for the plain MP4 of the same packets beside it.
 */
import { join } from "node:path";
import type { FramePacking } from "../../../core/output/frame-packing.js";
import { containerArguments, tagOf, videoArguments } from "../arguments.js";
import type { FrameFormat, LiveOutput, PlannedOutput } from "../encoder.js";
import type { FfmpegOutput } from "../ffmpeg.js";
import { boxesFor, taggedFragments } from "../tag-packing.js";
import { earlyStart } from "./early-start.js";
import type { SegmentStore } from "./segment-store.js";

export const FRAGMENTS_FILE = "fragments.mp4";

/** Seconds between key frames: how long a player waits or skips at most. */
const GOP_SECONDS = 0.5;

/**
 * One fragment per key frame, an init segment that is complete by itself, and offsets from the
 * start of each fragment. `delay_moov` writes the init segment together with the first fragment, so
 * that it contains the edit list that moves the first frame to 0 s, as the plain file does. Without
 * a trailer, the bytes are the segments and nothing else.
 */
export const FRAGMENT_FLAGS =
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
  return { planned, stream: await segments.openFile(file, boxes && taggedFragments(boxes)) };
}

/**
 * ffmpeg's output options of the streams in fragments, without their container. `sound` contains
 * the options of the sound; `isFirst`: the clip begins with these frames.
 */
export function liveArguments(
  planned: PlannedOutput,
  format: FrameFormat,
  threads: number,
  { sound, isFirst }: { readonly sound: readonly string[]; readonly isFirst: boolean },
): string[] {
  const gopFrames = planned.output.gopFrames ?? liveGopFrames(format);
  const output = { ...planned.output, gopFrames };
  return [
    ...videoArguments({ ...planned, output }, format, threads, true),
    ...(isFirst ? earlyStart(planned.output, planned.encoder, gopFrames) : []),
    ...[...sound, ...tagOf(output)],
  ];
}

/**
 * ffmpeg's output that writes the fragments, and the same packets into `plainFile`: one encoder,
 * one process, and no copy afterwards.
 */
export function liveOutput(
  { planned, stream }: LiveOutput,
  options: readonly string[],
  format: FrameFormat,
  plainFile: string,
): FfmpegOutput {
  // MP4 has the headers of its streams in its index. `tee` does not ask the encoders for that.
  const both = ["-flags", "+global_header", "-f", "tee"];
  const pipeName = bothForms(planned, format, plainFile);
  return { arguments: [...options, ...both], target: stream, pipeName };
}

/**
 * Frames per fragment after the first ones, unless the output sets its own distance of key frames.
 */
export function liveGopFrames({ frameRateNumerator, frameRateDenominator }: FrameFormat): number {
  return Math.max(1, Math.round((GOP_SECONDS * frameRateNumerator) / frameRateDenominator));
}

/**
 * ffmpeg's name for both forms of a live output: the fragments, which go to its standard output,
 * and the plain file, which has its index in front. Both get the packets of one encoder.
 */
function bothForms(planned: PlannedOutput, format: FrameFormat, plainFile: string): string {
  const options = containerArguments(planned.output, format);
  const plain = options[options.indexOf("-movflags") + 1];
  // ffmpeg ends the name of a form at a bar, and takes these characters for quotes.
  const path = plainFile.replace(/[\\'|]/g, "\\$&");
  const fragments = `[onfail=abort:f=mp4:movflags=${FRAGMENT_FLAGS}:flush_packets=1]pipe:1`;
  return `${fragments}|[onfail=abort:f=mp4:movflags=${plain}]${path}`;
}
