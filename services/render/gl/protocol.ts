/** Messages between the main thread and the one thread that may own GL. */
import type { PixelRectangle, Size } from "../../../core/geometry/size.js";
import {
  type CameraState,
  pixelRays,
  projection,
  seenDisparity,
  type Vec2,
} from "../../../core/scene/camera.js";
import type { EffectState } from "../../../core/scene/effects.js";
import type { SceneGeometry } from "../../../core/scene/geometry.js";
import type { Note } from "../../../core/spec/note.js";
import type { GlLimits, ObjectCounts } from "./driver.js";

export interface SceneData {
  /** RGB interleaved, [height, width, 3]. */
  readonly photo: Uint8Array;
  readonly photoSize: Size;
  readonly disparity: Uint16Array;
  readonly disparitySize: Size;
  readonly frame: Size;
  /** Where in the frame the picture lies, in even pixels; the rest is black. Absent: the whole frame. */
  readonly picture?: PixelRectangle;
  /** The scene is drawn so many times larger a side and averaged down, 1 (the default) to 4. */
  readonly ssaa?: 1 | 2 | 3 | 4;
  /** Of the grain: any integer of 32 bits, 0 by default. */
  readonly seed?: number;
  /** For the size of the picture. */
  readonly geometry: SceneGeometry;
}

/** What came of opening a scene. */
export interface SceneFacts {
  /** Pixels that the scene is drawn in. */
  readonly drawnSize: Size;
  /** What is other than was asked for. */
  readonly notes: readonly Note[];
}

export type GlCommand =
  | { readonly kind: "open"; readonly scene: number; readonly data: SceneData }
  | {
      readonly kind: "draw";
      readonly scene: number;
      readonly view: View;
      readonly effects: EffectState;
      /** Number of the frame in its clip. */
      readonly frame: number;
      /** What is read into `target`: the bytes of a video's frame, or of a still. */
      readonly format: "i420" | "rgb";
      readonly target: Uint8Array;
    }
  | { readonly kind: "close"; readonly scene: number }
  | { readonly kind: "count" };

export interface GlRequest {
  readonly id: number;
  readonly command: GlCommand;
}

/** What a command gives besides its effect: limits at the start (request 0), facts of `open`, the objectCounts of `count`. */
export type GlAnswer = undefined | GlLimits | SceneFacts | ObjectCounts;

/** The reply to one request; `error` is absent when it went well. A lost context is no reply: the thread ends. */
export interface GlReply {
  readonly id: number;
  readonly answer?: GlAnswer;
  readonly error?: {
    readonly reason: "RENDERER_LOST" | "GPU_OUT_OF_MEMORY";
    readonly message: string;
  };
}

/** The camera of one frame as uniforms of the shaders. */
export interface View {
  /** 4×4, column-major. */
  readonly projection: Float32Array;
  /** Eight numbers of `pixelRays`. */
  readonly rays: Float32Array;
  /** Whether the photo goes on mirrored beyond its edges; black if not. */
  readonly mirror: boolean;
  /** Disparity of the map that is farthest from the camera: 1 where it takes near for far. */
  readonly farthest: 0 | 1;
}

/** For a picture of this size and a photo of these half sides. */
export function viewOf(camera: CameraState, size: Size, halfSides: Vec2): View {
  return {
    projection: projection(camera, size.width / size.height),
    rays: pixelRays(camera, size, halfSides),
    mirror: camera.mirror,
    farthest: seenDisparity(camera).slope < 0 ? 1 : 0,
  };
}
