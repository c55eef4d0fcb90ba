/** Turns a depth map as its photo is turned by EXIF, and decides whether it has to be turned. */
import type { Size } from "../geometry/size.js";
import { hasAspectOf } from "../geometry/size.js";
import type { Orientation } from "../photo/exif.js";
import type { DisparityMap } from "./post-processing.js";

/** How a depth map lies: as the stored pixels of the photo, or as the photo is shown. */
export const MAP_ORIENTATIONS = ["as-photo", "upright"] as const;
export type MapOrientation = (typeof MAP_ORIENTATIONS)[number];

/**
 * For each orientation: whether rows and columns are exchanged, and whether x and y of the stored
 * picture run backwards (EXIF 2.32, tag 0x0112).
 */
const STEPS: Readonly<
  Record<Orientation, readonly [swaps: boolean, flipX: boolean, flipY: boolean]>
> = {
  1: [false, false, false],
  2: [false, true, false],
  3: [false, true, true],
  4: [false, false, true],
  5: [true, false, false],
  6: [true, false, true],
  7: [true, true, true],
  8: [true, true, false],
};

/** Whether an orientation exchanges width and height. */
export const swapsSides = (orientation: Orientation): boolean => STEPS[orientation][0];

/** The map, [height, width], as a viewer shows a picture of this orientation. */
export function turned<M extends DisparityMap>(map: M, orientation: Orientation): M {
  if (orientation === 1) return map;
  const [swaps, flipX, flipY] = STEPS[orientation];
  const { width, height, values } = map;
  const size = swaps ? { width: height, height: width } : { width, height };
  const result = new Float32Array(values.length);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const [column, row] = swaps ? [y, x] : [x, y];
      const storedX = flipX ? width - 1 - column : column;
      const storedY = flipY ? height - 1 - row : row;
      result[y * size.width + x] = values[storedY * width + storedX] ?? 0;
    }
  }
  return { ...map, ...size, values: result };
}

export interface OrientationFacts {
  /** What the caller asked for. Absent: the rest decides. */
  readonly requested?: MapOrientation | undefined;
  /** The orientation that the map's own file states. */
  readonly ofMap?: Orientation | undefined;
  readonly ofPhoto: Orientation;
  readonly map: Size;
  /** The photo as it is shown. */
  readonly photo: Size;
}

export interface OrientationDecision {
  /** How the map is to be turned. */
  readonly orientation: Orientation;
  /** The files do not say how the map lies, so this is a guess. */
  readonly isGuess: boolean;
}

/**
 * A request wins, then what the map's file states. Otherwise the aspect ratio decides where the
 * photo is turned by 90°: a map that fits only the stored pixels is turned with them. What is left
 * counts as upright, as most tools write it.
 */
export function decideOrientation({
  requested,
  ofMap,
  ofPhoto,
  map,
  photo,
}: OrientationFacts): OrientationDecision {
  if (requested === "as-photo") return { orientation: ofPhoto, isGuess: false };
  if (requested === "upright") return { orientation: 1, isGuess: false };
  if (ofMap !== undefined) return { orientation: ofMap, isGuess: false };
  const stored = { width: photo.height, height: photo.width };
  const fitsOnlyStored = !hasAspectOf(map, photo) && hasAspectOf(map, stored);
  if (swapsSides(ofPhoto)) {
    return { orientation: fitsOnlyStored ? ofPhoto : 1, isGuess: fitsOnlyStored };
  }
  return { orientation: 1, isGuess: ofPhoto !== 1 || fitsOnlyStored };
}
