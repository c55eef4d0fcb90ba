/**
 * How the photo covers the screen for one frame size and one camera path: its half sides, how large
 * its texture must be, and how far beyond its edges the camera sees.
 */
import type { Size } from "../geometry/size.js";
import { scaled, scaledSize } from "../geometry/size.js";
import {
  type CameraState,
  mostTexelsCrossed,
  photoPointAt,
  pixelRays,
  raysOf,
  type Vec2,
} from "./camera.js";
import { type Detail, detailOf, type Quality } from "./quality.js";

export interface SceneGeometry {
  /** Half sides of the photo on the plane z = 1. */
  readonly halfSides: Vec2;
  /** What the path sees, in photos. */
  readonly extent: Extent;
  /** The photo as the path needs it, in texels. */
  readonly texture: Size;
  readonly detail: Detail;
}

export interface SceneSizes {
  readonly photo: Size;
  readonly disparity: Size;
  /** Of the picture that is drawn. */
  readonly frame: Size;
  /** Samples a side of each of its pixels, 1 by default. */
  readonly ssaa?: number;
}

export function sceneGeometry(
  { photo, disparity, frame, ssaa = 1 }: SceneSizes,
  path: readonly CameraState[],
  quality: Quality,
): SceneGeometry {
  const aspect = frame.width / frame.height;
  const halfSides = photoHalfSides(photo, aspect);
  const crossed = path.map((camera) =>
    mostTexelsCrossed(pixelRays(camera, frame, halfSides), frame, disparity),
  );
  return {
    halfSides,
    extent: visibleExtent(path, aspect, halfSides),
    texture: textureSize(scaled(frame, ssaa), photo, magnification(path)),
    detail: detailOf(quality, path, frame, {
      texelsPerDisparity: Math.max(1, ...crossed),
      // Photos to a picture, along the side where most are cut off.
      crop: Math.max(halfSides.x / aspect, halfSides.y),
    }),
  };
}

/**
 * Half sides of the photo on the plane z = 1 for a screen of half sides (aspect, 1): the smallest
 * that cover it. What the crop would cut off stays beyond the screen's edge, where a moving camera
 * finds it.
 */
export function photoHalfSides(photo: Size, aspect: number): Vec2 {
  const photoAspect = photo.width / photo.height;
  return photoAspect >= aspect ? { x: photoAspect, y: 1 } : { x: aspect, y: aspect / photoAspect };
}

/**
 * Texels a pixel where the camera does not come close, and the most that are kept where it does.
 */
const TEXTURE_MARGIN = 1.25;
const MAX_TEXTURE_MARGIN = 4;
const MAX_TEXTURE_PIXELS = 4096 ** 2;

/**
 * How many times larger than the photo's own scale some part of it gets on a path: 1 / w, at its
 * largest.
 */
export function magnification(path: readonly CameraState[]): number {
  return path.reduce((most, camera) => {
    const { B, D, k } = raysOf(camera);
    return Math.max(most, 1 / B, 1 / (B + k * (D - B)));
  }, 0);
}

/**
 * The photo as a frame of this size needs it, in pixels: covering it with a margin for what the
 * camera comes close to, `closest` times the photo's own scale, and never enlarged.
 */
export function textureSize(frame: Size, photo: Size, closest = 1): Size {
  const half = photoHalfSides(photo, frame.width / frame.height);
  const margin = Math.min(MAX_TEXTURE_MARGIN, Math.max(TEXTURE_MARGIN, closest));
  // The frame's height is two units of the photo plane.
  const wantedWidth = half.x * frame.height * margin;
  const scale = Math.min(
    1,
    wantedWidth / photo.width,
    Math.sqrt(MAX_TEXTURE_PIXELS / (photo.width * photo.height)),
  );
  return scaledSize(photo, scale);
}

/** A rectangle on the photo's plane, in photos: ±1 is the photo's edge. */
export interface Extent {
  readonly minX: number;
  readonly maxX: number;
  readonly minY: number;
  readonly maxY: number;
}

/**
 * What some state of the path can see: corners of the screen at both ends of the disparity range.
 */
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
