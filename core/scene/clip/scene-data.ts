/** A scene as it is handed to whatever draws it. */
import type { PixelRectangle, Size } from "../../geometry/size.js";
import type { CutoutRange } from "../cutout.js";
import type { SceneGeometry } from "../geometry.js";
import type { StereoSpec } from "../stereo/layout.js";

export interface SceneData {
  /** RGB interleaved, [height, width, 3]. */
  readonly photo: Uint8Array;
  readonly photoSize: Size;
  /** Alpha of the photo, [height, width]; `photo` is then over white. Default: opaque. */
  readonly alpha?: Uint8Array;
  /**
   * Whether frames have alpha: that of the photo, and none beyond its edges and in the bars.
   * Default: they are opaque.
   */
  readonly transparent?: boolean;
  /** Only the foreground is drawn, in a transparent scene. Default: everything. */
  readonly cutout?: CutoutRange;
  readonly disparity: Uint16Array;
  readonly disparitySize: Size;
  readonly frame: Size;
  /**
   * Where the picture is in the frame, in even pixels; the rest is black. Default: the whole frame.
   */
  readonly picture?: PixelRectangle;
  /**
   * Supersampling: the scene is drawn this many times larger per side and averaged down. Default:
   * 1.
   */
  readonly ssaa?: 1 | 2 | 3 | 4;
  /** The seed of the grain, any 32-bit integer. Default: 0. */
  readonly seed?: number;
  /**
   * The views of both eyes in one frame, of which `frame` and `picture` describe one. Default: the
   * view of one camera is the frame.
   */
  readonly stereo?: StereoScene;
  /** Computed for the size of the picture. */
  readonly geometry: SceneGeometry;
}

/** How the views of both eyes make one frame. */
export interface StereoScene extends StereoSpec {
  /** Size of the frame that holds both. */
  readonly composed: Size;
}
