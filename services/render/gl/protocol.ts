/** Messages between the main thread and the one thread that may own GL. */
import type { Size } from "../../../core/clip/size.js";
import type { Vec2 } from "../../../core/scene/camera.js";
import type { MirrorCopy } from "../../../core/scene/extent.js";
import type { Detail } from "../../../core/scene/quality.js";
import type { Census } from "./census.js";
import type { GlLimits } from "./limits.js";

export interface SceneData {
  /** RGB interleaved, [height, width, 3]. */
  readonly photo: Uint8Array;
  readonly photoSize: Size;
  readonly disparity: Uint16Array;
  readonly disparitySize: Size;
  readonly frame: Size;
  readonly halfSides: Vec2;
  readonly copies: readonly MirrorCopy[];
  readonly detail: Detail;
}

/** What the camera of one frame is to the shaders. */
export interface View {
  /** 4×4, column-major. */
  readonly projection: Float32Array;
  /** Eight numbers of `pixelRays`. */
  readonly rays: Float32Array;
}

export type GlCommand =
  | { readonly kind: "open"; readonly scene: number; readonly data: SceneData }
  | {
      readonly kind: "draw";
      readonly scene: number;
      readonly view: View;
      readonly target: Uint8Array;
    }
  /** The scene in RGBA, without I420: rows from the top, four bytes a pixel. */
  | {
      readonly kind: "still";
      readonly scene: number;
      readonly view: View;
      readonly target: Uint8Array;
    }
  | { readonly kind: "close"; readonly scene: number }
  | { readonly kind: "count" };

export interface GlRequest {
  readonly id: number;
  readonly command: GlCommand;
}

/** What a command gives besides its effect: limits at the start (request 0), the census for `count`. */
export type GlAnswer = undefined | GlLimits | Census;

/** The reply to one request; `error` is absent when it went well. A lost context is no reply: the thread ends. */
export interface GlReply {
  readonly id: number;
  readonly answer?: GlAnswer;
  readonly error?: {
    readonly reason: "RENDERER_LOST" | "GPU_OUT_OF_MEMORY";
    readonly message: string;
  };
}
