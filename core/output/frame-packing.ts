/** How a file says that its frames hold the views of both eyes, and that these are half spheres. */
import type { StereoSpec } from "../scene/stereo/layout.js";

export interface FramePacking {
  /**
   * `stereo_mode` of the box st3d of MP4 and QuickTime (Spherical Video V2): 1 has the left eye on
   * top, 2 on the left. Absent: the box cannot say it.
   */
  readonly stereoMode?: 1 | 2;
  /** Matroska's StereoMode by its name in ffmpeg. */
  readonly matroskaMode?: "left_right" | "right_left" | "top_bottom" | "bottom_top";
  /** Type of the frame packing message of H.264 (Annex D), which some televisions follow. */
  readonly h264Type?: 3 | 4;
  /** Whether each view is an equirectangular half sphere. */
  readonly halfSpheres: boolean;
}

/** Undefined where a frame is one picture, and where it is an anaglyph, which needs no player. */
export function framePacking({
  layout,
  swapEyes,
}: Pick<StereoSpec, "layout" | "swapEyes">): FramePacking | undefined {
  switch (layout) {
    case "none":
    case "anaglyph":
      return undefined;
    case "side-by-side":
    case "side-by-side-half":
      return swapEyes
        ? { matroskaMode: "right_left", halfSpheres: false }
        : { stereoMode: 2, matroskaMode: "left_right", h264Type: 3, halfSpheres: false };
    case "top-bottom":
    case "top-bottom-half":
      return swapEyes
        ? { matroskaMode: "bottom_top", halfSpheres: false }
        : { stereoMode: 1, matroskaMode: "top_bottom", h264Type: 4, halfSpheres: false };
    case "vr180":
      return { stereoMode: 2, halfSpheres: true };
  }
}
