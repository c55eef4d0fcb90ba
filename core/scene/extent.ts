/** How the photo covers the screen, and how far beyond its edges the camera looks. */
import type { Size } from "../clip/size.js";
import { type CameraState, photoPointAt, type Vec2 } from "./camera.js";

/**
 * Half sides of the photo on the plane z = 1 for a screen of half sides (aspect, 1): the smallest that cover it. What
 * the crop would cut off stays beyond the screen's edge, where a moving camera finds it.
 */
export function photoHalfSides(photo: Size, aspect: number): Vec2 {
  const photoAspect = photo.width / photo.height;
  return photoAspect >= aspect ? { x: photoAspect, y: 1 } : { x: aspect, y: aspect / photoAspect };
}

/** The camera may come closer than the photo's own scale; texels beyond this are never seen. */
const TEXTURE_MARGIN = 1.25;
const MAX_TEXTURE_SIDE_PIXELS = 4096;

/** The photo as a frame of this size needs it, in pixels: covering it with a margin, never enlarged. */
export function textureSize(frame: Size, photo: Size): Size {
  const half = photoHalfSides(photo, frame.width / frame.height);
  // The frame's height is two units of the photo plane.
  const wantedWidth = half.x * frame.height * TEXTURE_MARGIN;
  const scale = Math.min(
    1,
    wantedWidth / photo.width,
    MAX_TEXTURE_SIDE_PIXELS / Math.max(photo.width, photo.height),
  );
  return {
    width: Math.max(1, Math.round(photo.width * scale)),
    height: Math.max(1, Math.round(photo.height * scale)),
  };
}

/** A rectangle on the photo's plane, in photos: ±1 is the photo's edge. */
export interface Extent {
  readonly minX: number;
  readonly maxX: number;
  readonly minY: number;
  readonly maxY: number;
}

/** What some state of the path can see: corners of the screen at both ends of the disparity range. */
export function visibleExtent(path: readonly CameraState[], aspect: number, half: Vec2): Extent {
  const all = { minX: Infinity, maxX: -Infinity, minY: Infinity, maxY: -Infinity };
  for (const camera of path) {
    for (const x of [-aspect, aspect]) {
      for (const y of [-1, 1]) {
        for (const d of [0, 1]) {
          const u = photoPointAt(camera, { x, y }, d);
          all.minX = Math.min(all.minX, u.x / half.x);
          all.maxX = Math.max(all.maxX, u.x / half.x);
          all.minY = Math.min(all.minY, u.y / half.y);
          all.maxY = Math.max(all.maxY, u.y / half.y);
        }
      }
    }
  }
  return all;
}
