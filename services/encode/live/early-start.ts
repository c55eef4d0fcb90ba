/**
 * What lets the first fragment come early: a short first fragment, and an encoder that looks only
 * a few frames ahead.
 */
import type { OutputSpec } from "../../../core/output/spec.js";
import type { EncoderRow } from "../encoders.js";

/**
 * Frames of the first fragment. A fragment is complete when the encoder gives out the key frame of
 * the next one, so that fewer frames come earlier; but a player that starts with fewer runs dry
 * before the next fragment.
 */
export const FIRST_FRAGMENT_FRAMES = 6;

/**
 * ffmpeg's options that put a second key frame behind the first frames, and those of the encoder
 * for fragments. `gopFrames` is the usual distance of key frames. The fragments after the first
 * begin where they would begin without it: only the first one is cut in two.
 *
 * An output that sets its own distance of key frames gets no other ones, and neither do fragments
 * that are short anyway.
 */
export function earlyStart(
  { gopFrames: requested }: Pick<OutputSpec, "gopFrames">,
  { forcedKeyFrames }: Pick<EncoderRow, "forcedKeyFrames">,
  gopFrames: number,
): readonly string[] {
  if (!forcedKeyFrames || requested !== undefined || gopFrames < 2 * FIRST_FRAGMENT_FRAMES) {
    return [];
  }
  // The encoder counts its distance of key frames from the last one, so that it is told the next
  // one too.
  const frames = [FIRST_FRAGMENT_FRAMES, gopFrames].map((frame) => `eq(n,${frame})`);
  return ["-force_key_frames", `expr:${frames.join("+")}`, ...forcedKeyFrames];
}
