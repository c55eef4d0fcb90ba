/**
 * Fits a scene into the driver's limits: scales rasters, lowers supersampling, refuses frames, and
 * notes what it changed.
 */
import { resize } from "../core/depthmap/resize.js";
import { rangeError } from "../core/errors.js";
import { type Size, withinLongSide } from "../core/geometry/size.js";
import type { SceneData } from "../core/scene/clip/scene-data.js";
import { type Note, note, stretchNote } from "../core/spec/note.js";
import type { GlLimits } from "./driver.js";

/** Throws PARAMETER_OUT_OF_RANGE for a frame that is larger than the driver can draw. */
export function checkFrame(frame: Size, { frameSidePixels }: GlLimits): void {
  for (const side of ["width", "height"] as const) {
    if (frame[side] <= frameSidePixels) continue;
    const message = `the frame's ${side} is ${frame[side]} pixels; this renderer draws at most ${frameSidePixels}`;
    throw rangeError(`clip.${side}`, frame[side], { maximum: frameSidePixels }, message);
  }
}

/**
 * Notes for the caller: which rasters are scaled down to the driver's limit, and whether the
 * disparity map is stretched.
 */
export function sceneNotes(photo: Size, disparity: Size, limits: GlLimits): Note[] {
  const notes: Note[] = [];
  const limit = limits.textureSidePixels;
  for (const [code, size] of [
    ["PHOTO_SCALED", photo],
    ["DEPTH_SCALED", disparity],
  ] as const) {
    const fitted = withinLongSide(size, limit);
    if (fitted === size) continue;
    notes.push(
      note(code, {
        actual_size: shown(size),
        scaled_size: shown(fitted),
        limit_side_pixels: String(limit),
      }),
    );
  }
  const stretched = stretchNote(disparity, photo);
  return stretched ? [...notes, stretched] : notes;
}

const shown = ({ width, height }: Size) => `${width}×${height}`;

/**
 * The scene with both rasters scaled down (area averages) to at most `limitPixels` per side, and
 * the photo also to the size that the camera path needs (`geometry.texture`). A raster that fits
 * already is returned as the same array.
 */
export function fitTextures<
  T extends Pick<
    SceneData,
    "photo" | "alpha" | "photoSize" | "disparity" | "disparitySize" | "geometry"
  >,
>(data: T, limitPixels: number): T {
  const photoSize = smaller(withinLongSide(data.photoSize, limitPixels), data.geometry.texture);
  const disparitySize = withinLongSide(data.disparitySize, limitPixels);
  return {
    ...data,
    photoSize,
    photo: fitted(data.photo, data.photoSize, photoSize, 3, Uint8Array),
    ...(data.alpha && {
      alpha: fitted(data.alpha, data.photoSize, photoSize, 1, Uint8Array),
    }),
    disparitySize,
    disparity: fitted(data.disparity, data.disparitySize, disparitySize, 1, Uint16Array),
  };
}

/** The wanted size where it is smaller on both sides, else `from` itself. */
function smaller(from: Size, wanted: Size): Size {
  return wanted.width < from.width && wanted.height < from.height ? wanted : from;
}

function fitted<A extends Uint8Array | Uint16Array>(
  samples: A,
  from: Size,
  to: Size,
  channels: number,
  ArrayType: { from(values: Float32Array, map: (value: number) => number): A },
): A {
  return from === to ? samples : ArrayType.from(resize(samples, from, to, channels), Math.round);
}

/** How many times larger than the picture the scene is drawn, within the driver's limit. */
export interface FittingFactor {
  readonly factor: number;
  /** Holds a note where the factor is lower than requested. */
  readonly notes: readonly Note[];
}

/**
 * The largest whole factor up to the requested one with which the drawn scene fits into
 * `maxSidePixels`.
 */
export function fittingFactor(
  requested: number,
  picture: Size,
  maxSidePixels: number,
): FittingFactor {
  const fits = Math.floor(maxSidePixels / Math.max(picture.width, picture.height));
  const factor = Math.max(1, Math.min(requested, fits));
  if (factor === requested) return { factor, notes: [] };
  const metadata = {
    asked: String(requested),
    actual: String(factor),
    limit_side_pixels: String(maxSidePixels),
  };
  return { factor, notes: [note("SSAA_LOWERED", metadata)] };
}
