/**
 * Where a clip is cut into segments that several workers make side by side. The plan depends on the
 * specification and its path only, never on the number of workers, so that the packets of the clip
 * do not depend on it either.
 */
import { codecRow } from "../../output/codecs.js";
import { containerRow } from "../../output/containers.js";
import type { OutputSpec } from "../../output/spec.js";
import type { JobSpec } from "../../spec/spec.js";
import type { FrameState } from "../frame-state.js";
import { planFrames } from "../repeats.js";

/**
 * Segments are a multiple of this, the distance of key frames of an output that is followed. Where
 * key frames are further apart, those at which segments begin come in addition.
 */
const GOP_SECONDS = 0.5;

/**
 * A clip of fewer segments is made whole: each further worker opens the scene once more, and two
 * segments gain too little for that.
 */
const MIN_SEGMENTS = 3;

/** Frames `[firstFrame, firstFrame + frames)` of a clip. */
export interface FrameRange {
  readonly firstFrame: number;
  readonly frames: number;
}

/**
 * Whether the file can be put together from files of its segments, packet by packet: a video whose
 * segments each begin with a key frame. A bitrate is kept over the whole clip, and what lies beside
 * the packets of VP9 as its alpha is lost in between, so that such outputs are made whole.
 */
export function isCuttable({
  container,
  codec,
  pixelFormat,
  transparency,
  bitrateKbps,
  maxSizeBytes,
}: OutputSpec): boolean {
  const isVideo = containerRow(container).repeat;
  const hasSideAlpha =
    codec === "vp9" && (pixelFormat === "yuva420p" || (transparency ?? "flatten") !== "flatten");
  return isVideo && !hasSideAlpha && bitrateKbps === undefined && maxSizeBytes === undefined;
}

/**
 * The segments of a clip in order, of about `seconds` each; undefined for a clip that is made
 * whole: it is short, an output cannot be cut, or frames that show an earlier one again would be
 * drawn again in another segment. `path` has the state of every frame.
 */
export function planSegments(
  { outputs, clip: { frameRate } }: Pick<JobSpec, "outputs" | "clip">,
  path: readonly FrameState[],
  seconds: number,
): readonly FrameRange[] | undefined {
  if (seconds <= 0 || outputs.length === 0 || !outputs.every(isCuttable)) return undefined;
  const rate = frameRate.numerator / frameRate.denominator;
  const usual = Math.max(1, Math.round(GOP_SECONDS * rate));
  const step = outputs.map((output) => gopOf(output, usual)).reduce(leastCommonMultiple, 1);
  const length = step * Math.max(1, Math.round((seconds * rate) / step));
  const count = Math.round(path.length / length);
  if (count < MIN_SEGMENTS) return undefined;
  const ranges = Array.from({ length: count }, (_, index) => {
    const firstFrame = index * length;
    return {
      firstFrame,
      frames: (index === count - 1 ? path.length : firstFrame + length) - firstFrame,
    };
  });
  const together = drawnFrames(path);
  const apart = ranges.reduce((sum, range) => sum + drawnFrames(partOf(path, range)), 0);
  return apart > together ? undefined : ranges;
}

/** The part of a path that a segment shows. */
export function partOf<T>(path: readonly T[], { firstFrame, frames }: FrameRange): readonly T[] {
  return path.slice(firstFrame, firstFrame + frames);
}

function gopOf({ codec, gopFrames }: OutputSpec, usual: number): number {
  return codecRow(codec).gop ? (gopFrames ?? usual) : 1;
}

/** Frames that have to be drawn where memory is no concern. */
function drawnFrames(path: readonly FrameState[]): number {
  const { source } = planFrames(path, Number.POSITIVE_INFINITY);
  return source.filter((from, frame) => from === frame).length;
}

function leastCommonMultiple(a: number, b: number): number {
  const divisor = (x: number, y: number): number => (y === 0 ? x : divisor(y, x % y));
  return (a / divisor(a, b)) * b;
}
