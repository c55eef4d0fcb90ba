/** Messages between the main thread and the GL thread, the only thread that may call GL. */
import type { PixelRectangle, Size } from "../../../core/geometry/size.js";
import {
  type CameraState,
  pixelRays,
  projection,
  seenDisparity,
  type Vec2,
} from "../../../core/scene/camera.js";
import type { CutoutRange } from "../../../core/scene/cutout.js";
import type { EffectState } from "../../../core/scene/effects.js";
import type { SceneGeometry } from "../../../core/scene/geometry.js";
import type { StereoSpec } from "../../../core/scene/stereo/layout.js";
import type { Note } from "../../../core/spec/note.js";
import type { GlLimits, ObjectCounts } from "./driver.js";
import type { I420Choice } from "./i420-reader.js";

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

/** The answer to `open`. */
export interface SceneFacts {
  /** The size at which the scene is drawn: that of the picture, supersampled. */
  readonly drawnSize: Size;
  /** Where the scene differs from what was requested. */
  readonly notes: readonly Note[];
}

export interface DrawRequest {
  readonly scene: number;
  /** One for each eye, in the order of `eyeCameras`. */
  readonly views: readonly View[];
  readonly effects: EffectState;
  /** Number of the frame in its clip. */
  readonly frame: number;
  /**
   * What is written to `target`: a video's frame (i420), a still (rgb), or either with straight
   * alpha (rgba), which only a transparent scene has. RGB has the top row first.
   */
  readonly format: "i420" | "rgb" | "rgba";
  /** Shared memory; of I420 in the memory of the last request `memory`. */
  readonly target: Uint8Array;
}

/** Requests to the GL thread, and their results. A lost context is no reply: the thread ends. */
export interface GlCalls {
  /** Answered once the context is there. */
  limits: { request: undefined; result: GlLimits };
  /** Measures in which way I420 is cheaper, and reads in it from then on. */
  chooseI420: { request: undefined; result: I420Choice };
  /** Shared memory for the frames that follow; undefined lets go of the last one. */
  memory: { request: WebAssembly.Memory | undefined; result: undefined };
  open: { request: { readonly scene: number; readonly data: SceneData }; result: SceneFacts };
  draw: { request: DrawRequest; result: undefined };
  close: { request: { readonly scene: number }; result: undefined };
  count: { request: undefined; result: ObjectCounts };
}

/** The camera of one frame as uniforms of the shaders. */
export interface View {
  /** 4×4, column-major. */
  readonly projection: Float32Array;
  /** The eight numbers of `pixelRays` (core/scene/camera.ts). */
  readonly rays: Float32Array;
  /** Whether the photo continues mirrored beyond its edges; otherwise it ends in black. */
  readonly mirror: boolean;
  /**
   * The disparity that is farthest from the camera: 0, or 1 where the camera inverts near and far.
   */
  readonly farthest: 0 | 1;
}

/** The view of a picture of `size`; `halfSides` are those of the photo on the plane z = 1. */
export function viewOf(camera: CameraState, size: Size, halfSides: Vec2): View {
  return {
    projection: projection(camera, size.width / size.height),
    rays: pixelRays(camera, size, halfSides),
    mirror: camera.mirror,
    farthest: seenDisparity(camera).slope < 0 ? 1 : 0,
  };
}
