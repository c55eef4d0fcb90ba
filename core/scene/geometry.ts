/**
 * Computes, for one frame size and one camera path, how the photo covers the screen: the photo's
 * half sides, how large its texture must be, and how far beyond its edges the camera sees.
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
import type { Edges } from "./edges.js";
import { type LayerReach, layerReach } from "./layers/reach.js";
import { type Detail, detailOf, type Quality } from "./quality.js";

export interface SceneGeometry {
  /** Half sides of the photo on the plane z = 1. */
  readonly halfSides: Vec2;
  /** The part of the photo's plane that the path sees, in photos. */
  readonly extent: Extent;
  /** Size of the photo's texture that the path needs, in texels. */
  readonly texture: Size;
  readonly detail: Detail;
  /** What the path asks of two sheets. Undefined: one surface is drawn, stretched over edges. */
  readonly reach: LayerReach | undefined;
}

export interface SceneSizes {
  readonly photo: Size;
  readonly disparity: Size;
  /** Size of the picture that is drawn. */
  readonly frame: Size;
  /** Samples per side of each pixel, 1 by default. */
  readonly ssaa?: number;
}

export function sceneGeometry(
  { photo, disparity, frame, ssaa = 1 }: SceneSizes,
  path: readonly CameraState[],
  quality: Quality,
  edges: Edges = "fill",
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
    reach: edges === "fill" ? layerReach(path, frame, halfSides, disparity) : undefined,
  };
}

/**
 * Half sides of the photo on the plane z = 1 for a screen of half sides (aspect, 1): the smallest
 * that cover it. The cropped parts stay beyond the screen's edge, where a moving camera shows
 * them.
 */
export function photoHalfSides(photo: Size, aspect: number): Vec2 {
  const photoAspect = photo.width / photo.height;
  return photoAspect >= aspect ? { x: photoAspect, y: 1 } : { x: aspect, y: aspect / photoAspect };
}

/** Texels per pixel if the camera does not come close, and the most texels per pixel if it does. */
const TEXTURE_MARGIN = 1.25;
const MAX_TEXTURE_MARGIN = 4;
const MAX_TEXTURE_PIXELS = 4096 ** 2;

/**
 * The largest magnification of any part of the photo on a path, relative to the photo's own scale:
 * the largest 1 / w.
 */
export function magnification(path: readonly CameraState[]): number {
  return path.reduce((most, camera) => {
    const { B, D, k } = raysOf(camera);
    return Math.max(most, 1 / B, 1 / (B + k * (D - B)));
  }, 0);
}

/**
 * Size in pixels of the photo's texture for a frame of this size: it covers the frame, with a
 * margin for parts that the camera magnifies up to `closest` times, and is never larger than the
 * photo.
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
 * The part that any state of the path can see, from the corners of the screen at both ends of the
 * disparity range.
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
