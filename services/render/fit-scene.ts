/** What the driver's limits and the shapes of its rasters make of a scene. */

import { DepthmeshError } from "../../core/errors.js";
import type { Size } from "../../core/geometry/size.js";
import { stretchNote } from "../../core/spec/depth-notes.js";
import { type Note, note } from "../../core/spec/note.js";
import type { GlLimits } from "./gl/limits.js";

/** The largest size of the same aspect whose sides are within the limit. */
export function withinSide(size: Size, limitPixels: number): Size {
  const scale = limitPixels / Math.max(size.width, size.height);
  if (scale >= 1) return size;
  return {
    width: Math.max(1, Math.round(size.width * scale)),
    height: Math.max(1, Math.round(size.height * scale)),
  };
}

/** Throws PARAMETER_OUT_OF_RANGE for a frame that the driver cannot draw to. */
export function checkFrame(frame: Size, { frameSidePixels }: GlLimits): void {
  for (const side of ["width", "height"] as const) {
    if (frame[side] <= frameSidePixels) continue;
    throw new DepthmeshError(
      "PARAMETER_OUT_OF_RANGE",
      `the frame's ${side} is ${frame[side]} pixels; this renderer draws at most ${frameSidePixels}`,
      {
        metadata: {
          field: `clip.${side}`,
          actual: String(frame[side]),
          limit_maximum: String(frameSidePixels),
        },
      },
    );
  }
}

/** What the caller should know of the rasters: scaled to the driver's limit, or stretched. */
export function sceneNotes(photo: Size, disparity: Size, limits: GlLimits): Note[] {
  const notes: Note[] = [];
  const limit = limits.textureSidePixels;
  for (const [code, size] of [
    ["PHOTO_SCALED", photo],
    ["DEPTH_SCALED", disparity],
  ] as const) {
    const fitted = withinSide(size, limit);
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
