/** Pixel loops that must not run on the main thread: what goes over and what comes back. */
import type { Size } from "../../../core/clip/size.js";
import type { Normalisation, SizeRule } from "../../../core/depthmap/model-tensor.js";

export type PixelTask =
  | {
      readonly kind: "prepare";
      readonly rgb: Uint8Array;
      readonly photo: Size;
      readonly rule: SizeRule;
      readonly normalisation: Normalisation;
    }
  | {
      readonly kind: "refine";
      readonly rgb: Uint8Array;
      readonly photo: Size;
      /** Raw outputs of the model for the photo and for its mirror image. */
      readonly raw: Float32Array;
      readonly rawMirrored: Float32Array;
      readonly modelSize: Size;
      readonly longSidePixels: number;
    };

export interface Prepared {
  readonly modelSize: Size;
  readonly tensor: Float32Array;
  readonly mirroredTensor: Float32Array;
}

export interface Refined extends Size {
  /** [height, width], 65535 nearest. */
  readonly disparity: Uint16Array;
}

export interface PixelReply {
  readonly result?: Prepared | Refined;
  readonly error?: string;
}
