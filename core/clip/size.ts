/** Size of the video in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle of pixels; x to the right, y downwards from the upper left corner. */
export interface PixelRectangle extends Size {
  readonly x: number;
  readonly y: number;
}

/** Long side of a video whose size the photo decides, in pixels. */
const DEFAULT_LONG_SIDE_PIXELS = 1280;

/** Shortest side that a derived size may have, in pixels. */
const MIN_SIDE_PIXELS = 64;
const MAX_SIDE_PIXELS = 4096;

/** Fill in what the caller left open from the photo's aspect; both sides are even, as 4:2:0 needs. */
export function clipSize(asked: { width?: number; height?: number }, photo: Size): Size {
  const aspect = photo.width / photo.height;
  const { width, height } = asked;
  if (width !== undefined && height !== undefined) return { width, height };
  if (width !== undefined) return { width, height: even(width / aspect) };
  if (height !== undefined) return { width: even(height * aspect), height };
  return aspect >= 1
    ? { width: DEFAULT_LONG_SIDE_PIXELS, height: even(DEFAULT_LONG_SIDE_PIXELS / aspect) }
    : { width: even(DEFAULT_LONG_SIDE_PIXELS * aspect), height: DEFAULT_LONG_SIDE_PIXELS };
}

function even(pixels: number): number {
  const rounded = 2 * Math.round(pixels / 2);
  return Math.max(MIN_SIDE_PIXELS, Math.min(MAX_SIDE_PIXELS, rounded));
}
