/** Pixel loops that must not run on the main thread: what goes over and what comes back, task by task. */

import type { InputContract, OutputContract } from "../../../core/depthmap/model-contract.js";
import type { DisparityMap, PostProcessing } from "../../../core/depthmap/post-processing.js";
import type { OutputFault } from "../../../core/depthmap/raw-output.js";
import type { Size } from "../../../core/geometry/size.js";

/** 8-bit RGB interleaved, [height, width, 3]. */
interface PhotoPixels {
  readonly rgb: Uint8Array;
  readonly photo: Size;
}

/** A model's raw output for one photo. */
interface RawMap extends Size {
  readonly values: Float32Array;
}

export interface PixelCalls {
  /** A photo as a model's input. */
  prepare: {
    request: PhotoPixels & { readonly input: InputContract; readonly mirrored: boolean };
    result: Prepared;
  };
  /** A model's output as disparity. */
  interpret: {
    request: {
      /** Mixed with the heuristic's map of this photo, where it is given. */
      readonly blendFor?: PhotoPixels;
      readonly raw: RawMap;
      /** The output for the photo's mirror image. */
      readonly rawMirrored?: RawMap;
      readonly output: OutputContract;
    };
    result: Interpreted;
  };
  /** Disparity without a model, [photo], in [0, 1]. */
  heuristic: { request: PhotoPixels; result: Float32Array };
  /** The steps of post-processing. */
  refine: {
    request: RefineTask;
    result: Refined;
  };
}

export interface RefineTask extends PhotoPixels {
  readonly estimate: DisparityMap;
  readonly options: PostProcessing;
  readonly longSidePixels: number;
  /** One shared number, not zero when the work is not wanted any more: looked at between the steps. */
  readonly cancelled: Int32Array;
}

export interface Prepared {
  readonly modelSize: Size;
  /** Planes [3, height, width]. */
  readonly tensor: Float32Array;
  readonly mirroredTensor?: Float32Array;
}

export type Interpreted =
  | { readonly fault: OutputFault }
  | {
      readonly fault?: undefined;
      /** Up to scale and shift, larger = nearer. */
      readonly disparity: Float32Array;
      readonly rawMinimum: number;
      readonly rawMaximum: number;
    };

export interface Refined extends Size {
  /** [height, width], 65535 nearest. */
  readonly disparity: Uint16Array;
  /** Every value is the same. */
  readonly isFlat: boolean;
}
