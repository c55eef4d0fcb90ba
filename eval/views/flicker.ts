/** How much a picture changes from frame to frame where in truth nothing does. */
import { BAND, type Regions, SHOWN } from "./regions.js";

export interface Flicker {
  /** Mean change of a channel, in steps of 255. */
  readonly mean: number;
  /** The change that one channel in a thousand exceeds, and the largest. */
  readonly p999: number;
  readonly most: number;
}

/** A truth that changes by no more than this is static: rounding and a blink of noise. */
const STATIC_STEPS = 2;

/** Two neighboring frames. */
export interface Pair {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/**
 * Of the pixels beside silhouettes whose true color stays the same between two frames. Undefined
 * where there is none.
 */
export function flickerOf(drawn: Pair, truth: Pair, { of }: Regions): Flicker | undefined {
  const counts = new Float64Array(256);
  let pixels = 0;
  for (let i = 0; i < of.length; i++) {
    const region = of[i] ?? 0;
    if (!(region & SHOWN && region & BAND)) continue;
    if (mostChange(truth, i) > STATIC_STEPS) continue;
    const change = mostChange(drawn, i);
    counts[change] = (counts[change] ?? 0) + 1;
    pixels += 1;
  }
  if (pixels === 0) return undefined;
  let sum = 0;
  let seen = 0;
  let p999 = -1;
  let most = 0;
  for (let change = 0; change < 256; change++) {
    const count = counts[change] ?? 0;
    sum += change * count;
    seen += count;
    if (p999 < 0 && seen >= 0.999 * pixels) p999 = change;
    if (count > 0) most = change;
  }
  return { mean: sum / pixels, p999, most };
}

function mostChange({ before, after }: Pair, pixel: number): number {
  let most = 0;
  for (let c = 3 * pixel; c < 3 * pixel + 3; c++) {
    most = Math.max(most, Math.abs((before[c] ?? 0) - (after[c] ?? 0)));
  }
  return most;
}
