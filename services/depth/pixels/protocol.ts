/** Pixel loops that must not run on the main thread: what goes over and what comes back. */
import type { Size } from "../../../core/clip/size.js";
import type { Normalisation, SizeRule } from "../../../core/depthmap/model-tensor.js";
import type { DisparityMap, PostProcessing } from "../../../core/depthmap/post-processing.js";

export type PixelTask =
  | {
      readonly kind: "prepare";
      readonly rgb: Uint8Array;
      readonly photo: Size;
      readonly rule: SizeRule;
      readonly normalisation: Normalisation;
    }
  | {
      readonly kind: "average";
      /** Raw outputs of the model for the photo and for its mirror image. */
      readonly raw: Float32Array;
      readonly rawMirrored: Float32Array;
      readonly modelSize: Size;
    }
  | RefineTask;

export interface RefineTask {
  readonly kind: "refine";
  readonly rgb: Uint8Array;
  readonly photo: Size;
  readonly estimate: DisparityMap;
  /** The estimate is the small net's, to be mixed with the heuristic. */
  readonly blend: boolean;
  readonly options: PostProcessing;
  readonly longSidePixels: number;
  /** One shared number, not zero when the work is not wanted any more: looked at between the steps. */
  readonly cancelled: Int32Array;
}

export interface Prepared {
  readonly modelSize: Size;
  readonly tensor: Float32Array;
  readonly mirroredTensor: Float32Array;
}

export interface Refined extends Size {
  /** [height, width], 65535 nearest. */
  readonly disparity: Uint16Array;
  /** Every value is the same. */
  readonly isFlat: boolean;
}

export type PixelResult = Prepared | DisparityMap | Refined;

export interface PixelReply {
  readonly result?: PixelResult;
  readonly error?: string;
}
