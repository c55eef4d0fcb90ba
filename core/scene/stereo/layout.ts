/**
 * The stereo layouts: how the views of both eyes make one frame, and the sizes that follow. The
 * size of a clip is that of one eye's picture.
 */
import {
  type AskedSize,
  type ClipLayout,
  clipLayout,
  type PixelRectangle,
  type Size,
} from "../../geometry/size.js";

export const STEREO_LAYOUTS = [
  "none",
  "side-by-side",
  "side-by-side-half",
  "top-bottom",
  "top-bottom-half",
  "anaglyph",
  "vr180",
] as const;
export type StereoLayout = (typeof STEREO_LAYOUTS)[number];

/** The stereo options of a job. */
export interface StereoSpec {
  readonly layout: StereoLayout;
  /**
   * Parallax between the farthest and the nearest plane, in per cent of the picture's width; see
   * `eyeCameras`.
   */
  readonly separationPercent: number;
  /** Disparity of the plane without parallax, [0, 1]. */
  readonly convergence: number;
  /** Whether the view of the right eye takes the place of the left one's. */
  readonly swapEyes: boolean;
  /** The angle that the longer side of the photo's picture spans in VR180, in degrees. */
  readonly fieldOfViewDegrees: number;
}

/** One view without parallax. */
export const MONO: StereoSpec = {
  layout: "none",
  separationPercent: 3,
  convergence: 0.5,
  swapEyes: false,
  fieldOfViewDegrees: 90,
};

/** The size of the frames, and what of the photo each eye's view shows. */
export interface StereoFrame {
  readonly frame: Size;
  /** The view of one eye, as it is drawn; the whole frame without stereo. */
  readonly eye: ClipLayout;
}

/** Lays out the frames of a clip for a photo; `photo` is its upright size in pixels. */
export function stereoFrame(
  clip: AskedSize,
  stereo: Pick<StereoSpec, "layout" | "fieldOfViewDegrees">,
  photo: Size,
): StereoFrame {
  const eye = clipLayout(clip, photo);
  const { width, height } = eye.frame;
  switch (stereo.layout) {
    case "none":
    case "anaglyph":
    case "side-by-side-half":
    case "top-bottom-half":
      return { frame: eye.frame, eye };
    case "side-by-side":
      return { frame: { width: 2 * width, height }, eye };
    case "top-bottom":
      return { frame: { width, height: 2 * height }, eye };
    case "vr180": {
      const side = Math.max(width, height);
      const scale = viewScale(stereo);
      const drawn = { width: even(scale * width), height: even(scale * height) };
      const fit = clip.fit === undefined ? {} : { fit: clip.fit };
      return {
        frame: { width: 2 * side, height: side },
        eye: clipLayout({ ...drawn, ...fit }, photo),
      };
    }
  }
}

/**
 * How much larger a view is drawn than the clip's size. In VR180 the clip's size is the square of
 * 180° × 180°, in whose middle the view has as many pixels per degree as the square: its longer
 * side of 2·tan(fov / 2) radii takes 2·tan(fov / 2) / π of the square's side.
 */
export function viewScale({
  layout,
  fieldOfViewDegrees,
}: Pick<StereoSpec, "layout" | "fieldOfViewDegrees">): number {
  return layout === "vr180" ? (2 * halfExtent(fieldOfViewDegrees)) / Math.PI : 1;
}

/** Half the longer side of a flat picture that spans this angle, at distance 1. */
export function halfExtent(fieldOfViewDegrees: number): number {
  return Math.tan((fieldOfViewDegrees * Math.PI) / 360);
}

/**
 * The part of each view that is seen through the window of VR180, from left to right in parts of
 * its width; the left eye's first. Its edges have the parallax of the nearest plane, so that
 * nothing comes out of them: the left eye's view begins later, and the right eye's ends earlier.
 */
export function floatingWindow({
  separationPercent,
  convergence,
}: Pick<StereoSpec, "separationPercent" | "convergence">): readonly [
  left: readonly [number, number],
  right: readonly [number, number],
] {
  const nearest = (separationPercent / 100) * (1 - convergence);
  return [
    [nearest, 1],
    [0, 1 - nearest],
  ];
}

const even = (pixels: number) => Math.max(2, 2 * Math.round(pixels / 2));

/**
 * Where the views lie in a frame of this size, in the order of `eyeCameras`; none of a layout that
 * mixes them.
 */
export function viewRectangles(
  layout: StereoLayout,
  { width, height }: Size,
): readonly PixelRectangle[] {
  switch (layout) {
    case "none":
    case "anaglyph":
      return [];
    case "side-by-side":
    case "side-by-side-half":
    case "vr180": {
      const half = { y: 0, width: width / 2, height };
      return [
        { x: 0, ...half },
        { x: width / 2, ...half },
      ];
    }
    case "top-bottom":
    case "top-bottom-half": {
      const half = { x: 0, width, height: height / 2 };
      return [
        { y: 0, ...half },
        { y: height / 2, ...half },
      ];
    }
  }
}
