/** Messages between the main thread and the one thread that may own GL. */
import type { PixelRectangle, Size } from "../../../core/clip/size.js";
import type { EffectState } from "../../../core/scene/effects.js";
import type { SceneGeometry } from "../../../core/scene/geometry.js";

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

/** What the camera of one frame is to the shaders. */
export interface View {
  /** 4×4, column-major. */
  readonly projection: Float32Array;
  /** Eight numbers of `pixelRays`. */
  readonly rays: Float32Array;
}

/** What came of opening a scene. */
export interface SceneFacts {
  /** Pixels that the scene is drawn in. */
  readonly drawnSize: Size;
  /** What is other than was asked for: a code, a colon, and the numbers. */
  readonly notes: readonly string[];
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
  /** Of the scene that was opened. */
  readonly facts?: SceneFacts;
}
