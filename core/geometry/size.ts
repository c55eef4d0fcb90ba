/**
 * Sizes in pixels: the size of the video and where in it the photo's picture lies, and sizes that
 * are scaled without changing their aspect.
 */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle of pixels; x to the right, y downwards from the upper left corner. */
export interface PixelRectangle extends Size {
  readonly x: number;
  readonly y: number;
}

/** How a photo fills a requested size of another aspect. */
export const FIT_MODES = ["crop", "fit", "pad"] as const;
export type FitMode = (typeof FIT_MODES)[number];

/** The size that the caller requests, in pixels. Absent sides follow from the photo. */
export interface AskedSize {
  readonly width?: number;
  readonly height?: number;
  readonly longestSide?: number;
  readonly fit?: FitMode;
}

/** All numbers are even, as 4:2:0 needs. */
export interface ClipLayout {
  readonly frame: Size;
  /** Where the moving picture is drawn. The rest of the frame is black. */
  readonly picture: PixelRectangle;
}

/** Long side of a video whose size the photo decides, in pixels. */
const DEFAULT_LONG_SIDE_PIXELS = 1280;

/** Sides that a derived size may have, in pixels. */
const MIN_SIDE_PIXELS = 64;
const MAX_SIDE_PIXELS = 4096;

/**
 * Lays the clip out for a photo; `photo` is its upright size in pixels. If only one side is
 * requested, the other follows from the photo's aspect. If both are, `crop` fills them and cuts the
 * photo, `fit` shrinks the frame to the photo's aspect within them, and `pad` keeps them and draws
 * the whole photo in the middle. A derived side has at least 64 pixels: a narrower photo is cropped
 * to that, or kept whole with `pad`.
 */
export function clipLayout(asked: AskedSize, photo: Size): ClipLayout {
  const box = askedBox(asked, photo);
  const frame = asked.fit === "fit" ? sidesOf(within(box, photo)) : box;
  const picture = asked.fit === "pad" ? centered(within(frame, photo), frame) : wholeOf(frame);
  return { frame, picture };
}

/** The frame of `clipLayout`. */
export function clipSize(asked: AskedSize, photo: Size): Size {
  return clipLayout(asked, photo).frame;
}

function askedBox({ width, height, longestSide }: AskedSize, photo: Size): Size {
  const aspect = photo.width / photo.height;
  if (width !== undefined && height !== undefined) return { width, height };
  if (width !== undefined) return { width, height: side(width / aspect) };
  if (height !== undefined) return { width: side(height * aspect), height };
  const longest = longestSide ?? DEFAULT_LONG_SIDE_PIXELS;
  return aspect >= 1
    ? { width: longest, height: side(longest / aspect) }
    : { width: side(longest * aspect), height: longest };
}

/** The largest size of the photo's aspect in a box, not rounded. */
function within(box: Size, photo: Size): Size {
  const scale = Math.min(box.width / photo.width, box.height / photo.height);
  return { width: photo.width * scale, height: photo.height * scale };
}

function sidesOf({ width, height }: Size): Size {
  return { width: side(width), height: side(height) };
}

function wholeOf(frame: Size): PixelRectangle {
  return { x: 0, y: 0, ...frame };
}

function centered(wanted: Size, frame: Size): PixelRectangle {
  const width = Math.min(frame.width, Math.max(2, even(wanted.width)));
  const height = Math.min(frame.height, Math.max(2, even(wanted.height)));
  const x = 2 * Math.floor((frame.width - width) / 4);
  const y = 2 * Math.floor((frame.height - height) / 4);
  return { x, y, width, height };
}

function side(pixels: number): number {
  return Math.max(MIN_SIDE_PIXELS, Math.min(MAX_SIDE_PIXELS, even(pixels)));
}

function even(pixels: number): number {
  return 2 * Math.round(pixels / 2);
}

/** One side times `scale`, rounded to whole pixels: at least one. */
export function scaledSide(side: number, scale: number): number {
  return Math.max(1, Math.round(side * scale));
}

/** Both sides times `scale`, each rounded to whole pixels: at least one. */
export function scaledSize({ width, height }: Size, scale: number): Size {
  return { width: scaledSide(width, scale), height: scaledSide(height, scale) };
}

/**
 * The size of the same aspect whose longer side is `longSide` pixels; `size` itself if it is
 * smaller.
 */
export function withinLongSide(size: Size, longSide: number): Size {
  const scale = longSide / Math.max(size.width, size.height);
  return scale < 1 ? scaledSize(size, scale) : size;
}

/**
 * The size of the same aspect whose shorter side is `shortSide` pixels; `size` itself if it is
 * smaller.
 */
export function withinShortSide(size: Size, shortSide: number): Size {
  const scale = shortSide / Math.min(size.width, size.height);
  return scale < 1 ? scaledSize(size, scale) : size;
}

/** Both sides times `factor`, not rounded. */
export function scaled({ width, height }: Size, factor: number): Size {
  return { width: factor * width, height: factor * height };
}

/**
 * Bytes of an I420 frame: planes Y, U and V after one another, without padding. Both sides are
 * even.
 */
export function i420Bytes({ width, height }: Size): number {
  return (width * height * 3) / 2;
}

/**
 * Aspect ratios that differ by less come from rounded sides, for example rounded to a model's grid.
 */
const TOLERANCE = 0.01;

/**
 * Whether two sizes have the same aspect ratio: within the tolerance, or within one pixel on one
 * side, which is what rounding changes in a small map.
 */
export function hasAspectOf(map: Size, photo: Size): boolean {
  const ratio = map.width / map.height / (photo.width / photo.height);
  const widthOff = Math.abs(map.width - (map.height * photo.width) / photo.height);
  const heightOff = Math.abs(map.height - (map.width * photo.height) / photo.width);
  return Math.abs(ratio - 1) <= TOLERANCE || Math.min(widthOff, heightOff) <= 1;
}
