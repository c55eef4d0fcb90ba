/**
 * How an animated picture is made smaller to keep to a largest size: a fixed list of steps, each of
 * which gives a smaller file than the one before, and a search for the first that fits.
 */
import type { Size } from "../geometry/size.js";
import type { OutputSpec } from "./spec.js";

/** One way to encode the picture. */
export interface SizeStep {
  readonly maxLongestSide: number;
  /** In frames/s. */
  readonly maxFrameRate: number;
  /** Of WebP, 0 to 100. */
  readonly quality?: number;
  /** Of a GIF's palette. */
  readonly colors?: number;
}

/** Each step has this share of the side of the one before. */
const SIDE_FACTOR = 0.93;
/** No smaller picture is tried, in pixels of the longer side. */
const LEAST_SIDE_PIXELS = 64;
const QUALITY_PER_STEP = 5;
const LEAST_QUALITY = 40;
/** Colors of a GIF from a step on. */
const COLORS = [
  { from: 10, colors: 32 },
  { from: 6, colors: 64 },
  { from: 3, colors: 128 },
] as const;
/** From this step on the picture has half the frames, unless fewer than the least would be left. */
const HALF_RATE_FROM = 8;
const LEAST_FRAME_RATE = 7;

/**
 * The steps for a picture of this size and rate (frames/s), the requested one first. There are at
 * most 58 of them, so that a search encodes the picture at most seven times.
 */
export function sizeSteps(output: OutputSpec, size: Size, frameRate: number): readonly SizeStep[] {
  const longestSide = Math.max(size.width, size.height);
  const steps: SizeStep[] = [];
  for (let index = 0; ; index++) {
    const side = 2 * Math.round((longestSide * SIDE_FACTOR ** index) / 2);
    if (index > 0 && side < LEAST_SIDE_PIXELS) return steps;
    steps.push({
      maxLongestSide: Math.min(side, longestSide),
      maxFrameRate: rateAt(index, frameRate),
      ...(output.quality !== undefined && { quality: qualityAt(index, output.quality) }),
      ...(output.codec === "gif" && { colors: colorsAt(index) }),
    });
  }
}

function rateAt(index: number, frameRate: number): number {
  return index >= HALF_RATE_FROM && frameRate / 2 >= LEAST_FRAME_RATE ? frameRate / 2 : frameRate;
}

const qualityAt = (index: number, quality: number) =>
  Math.max(Math.min(quality, LEAST_QUALITY), quality - QUALITY_PER_STEP * index);

const colorsAt = (index: number) => COLORS.find(({ from }) => index >= from)?.colors ?? 256;

/** The step that was chosen. */
export interface Found {
  readonly index: number;
  readonly sizeBytes: number;
  /** How many files were encoded. */
  readonly encodes: number;
}

/**
 * Finds the first of `count` steps whose file has at most `limitBytes`: tries the first one, and
 * then halves the rest, which takes 1 + log2(count) encodes. `encode` returns the bytes of a step's
 * file. If none fits, `index` is -1 and `sizeBytes` the smallest file.
 */
export async function searchSize(
  count: number,
  limitBytes: number,
  encode: (index: number) => Promise<number>,
): Promise<Found> {
  let encodes = 1;
  const asked = await encode(0);
  if (asked <= limitBytes) return { index: 0, sizeBytes: asked, encodes };
  let smallest = asked;
  let found = { index: -1, sizeBytes: asked };
  for (let low = 1, high = count - 1; low <= high; ) {
    const index = Math.floor((low + high) / 2);
    const sizeBytes = await encode(index);
    encodes += 1;
    smallest = Math.min(smallest, sizeBytes);
    if (sizeBytes <= limitBytes) {
      found = { index, sizeBytes };
      high = index - 1;
    } else low = index + 1;
  }
  return found.index < 0 ? { index: -1, sizeBytes: smallest, encodes } : { ...found, encodes };
}

/** The most encodes of a search over this many steps. */
export const mostEncodes = (count: number) => 1 + Math.ceil(Math.log2(count));
