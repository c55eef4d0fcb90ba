/** Messages between the main thread and the one thread that may own GL. */
import type { Size } from "../../../core/clip/size.js";
import type { Vec2 } from "../../../core/scene/camera.js";
import type { MirrorCopy } from "../../../core/scene/extent.js";
import type { Detail } from "../../../core/scene/quality.js";

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
  | { readonly kind: "close"; readonly scene: number };

export interface GlRequest {
  readonly id: number;
  readonly command: GlCommand;
}

/** The answer to one request; `error` is absent when it went well. */
export interface GlReply {
  readonly id: number;
  readonly error?: string;
}
