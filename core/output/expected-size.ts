/**
 * The expected size of animated pictures, so that a caller learns before the end that one will be
 * large. Videos are small by their nature, and archives are not made for web pages.
 */
import type { Size } from "../geometry/size.js";
import { clipFrames } from "../geometry/timing.js";
import { type Note, note } from "../spec/note.js";
import type { ClipSpec } from "../spec/spec.js";
import type { Codec } from "./codecs.js";
import { frameStep, reducedSize } from "./reduced-format.js";
import type { OutputSpec } from "./spec.js";

/** A picture above this is worth a note: some seconds of loading on a usual connection. */
export const LARGE_BYTES = 10_000_000;

/**
 * Bytes per pixel of each frame, measured with `samples/coffee.png`, which has much detail. WebP:
 * at quality 90.
 */
const BYTES_PER_PIXEL: Partial<Record<Codec, number>> = { gif: 0.65, webp: 0.18, apng: 1.3 };
const WEBP_QUALITY = 90;
/** So much less quality halves a WebP. */
const WEBP_HALVING = 15;

/** Bytes of an animated picture; undefined for other outputs. `frame` is the clip's size. */
export function expectedBytes(
  output: OutputSpec,
  { durationSeconds, frameRate }: Pick<ClipSpec, "durationSeconds" | "frameRate">,
  frame: Size,
): number | undefined {
  const perPixel = BYTES_PER_PIXEL[output.codec];
  if (perPixel === undefined) return undefined;
  const { width, height } = reducedSize(frame, output);
  const frames = Math.ceil(clipFrames(durationSeconds, frameRate) / frameStep(frameRate, output));
  const { quality = WEBP_QUALITY } = output;
  const share = 2 ** ((quality - WEBP_QUALITY) / WEBP_HALVING);
  return Math.round(perPixel * share * width * height * frames);
}

/** A note for each animated picture without a largest size that will probably be large. */
export function largeOutputNotes(
  outputs: readonly OutputSpec[],
  clip: Pick<ClipSpec, "durationSeconds" | "frameRate">,
  frame: Size,
): Note[] {
  return outputs.flatMap((output) => {
    const bytes = expectedBytes(output, clip, frame) ?? 0;
    if (output.maxSizeBytes !== undefined || bytes <= LARGE_BYTES) return [];
    const metadata = { output: output.name, expected_bytes: String(bytes) };
    return [note("OUTPUT_LARGE", { ...metadata, large_bytes: String(LARGE_BYTES) })];
  });
}
