/** How the pictures of a preview are made: their size, their format, their quality. */
import { rangeError } from "../errors.js";

export const PREVIEW_FORMATS = ["jpeg", "webp", "png"] as const;
export type PreviewFormat = (typeof PREVIEW_FORMATS)[number];

export interface PreviewOptions {
  /** Longest side of the picture in pixels, an even number in [64, 1920]. */
  readonly longestSide: number;
  readonly format: PreviewFormat;
  /** 1 to 100; PNG has none. */
  readonly quality: number;
}

/** Longest side of a preview, in pixels. */
export const PREVIEW_SIDES = { minimum: 64, maximum: 1920 };
const QUALITY = { minimum: 1, maximum: 100 };
const TAU = { minimum: 0, maximum: 1 };

/** What a caller gets that names no size: 16:9 is 854×480 then. */
const DEFAULT_SIDE_PIXELS = 854;
const DEFAULT_QUALITY = 80;
/** A sheet shows many stills. */
export const DEFAULT_SHEET_SIDE_PIXELS = 1440;
/** Whoever draws a scene by themselves may draw it larger than a still. */
export const DEFAULT_SCENE_SIDE_PIXELS = 1280;

/** Zeros stand for the defaults. Throws PARAMETER_OUT_OF_RANGE. */
export function previewOptions(
  asked: { longestSide: number; format: PreviewFormat | undefined; quality: number },
  defaultSide = DEFAULT_SIDE_PIXELS,
): PreviewOptions {
  const side = asked.longestSide || defaultSide;
  const quality = asked.quality || DEFAULT_QUALITY;
  checkWithin("options.longest_side", side, PREVIEW_SIDES);
  checkWithin("options.quality", quality, QUALITY);
  return { longestSide: side - (side % 2), format: asked.format ?? "jpeg", quality };
}

/** A moment of a clip. Throws PARAMETER_OUT_OF_RANGE. */
export function previewTau(tau: number): number {
  checkWithin("tau", tau, TAU);
  return tau;
}

/** Throws PARAMETER_OUT_OF_RANGE, also for a number that is none. */
export function checkWithin(
  field: string,
  value: number,
  range: { readonly minimum: number; readonly maximum: number },
): void {
  if (value >= range.minimum && value <= range.maximum) return;
  throw rangeError(field, value, range);
}
