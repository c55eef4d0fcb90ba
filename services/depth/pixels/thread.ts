/**
 * The worker thread of the pixel loops around inference: model input, model output, the heuristic
 * estimate and post-processing. They would block gRPC, NATS and leases on the main thread.
 */
import { blendWithHeuristic } from "../../../core/depthmap/blend.js";
import { heuristicDisparity } from "../../../core/depthmap/heuristic.js";
import type { InputContract, OutputContract } from "../../../core/depthmap/model-contract.js";
import {
  flipAverage,
  mirrored,
  modelInputSize,
  modelTensor,
  type OutputFault,
  outputFault,
  rawDisparity,
} from "../../../core/depthmap/model-contract.js";
import {
  type DisparityMap,
  type PhotoGuide,
  type PostProcessing,
  postProcess,
} from "../../../core/depthmap/post-processing.js";
import { toUint16 } from "../../../core/depthmap/range.js";
import type { Size } from "../../../core/geometry/size.js";
import { answerRequests } from "../../../kit/process/thread-client.js";
import type { RawMap } from "../inference/provider.js";

/** 8-bit RGB interleaved, [height, width, 3]. */
interface PhotoPixels {
  readonly rgb: Uint8Array;
  readonly photo: Size;
}

export interface PixelCalls {
  /** Makes the input of a model from a photo. */
  prepare: {
    request: PhotoPixels & { readonly input: InputContract; readonly mirrored: boolean };
    result: Prepared;
  };
  /** Turns the output of a model into disparity. */
  interpret: {
    request: {
      readonly raw: RawMap;
      /** The output for the mirrored photo, to average both. */
      readonly rawMirrored?: RawMap;
      readonly output: OutputContract;
      /** Averages the map with the heuristic estimate of this photo. */
      readonly blendFor?: PhotoPixels;
    };
    result: Interpreted;
  };
  /** Estimates disparity without a model. */
  heuristic: { request: PhotoPixels; result: DisparityMap };
  /** Runs the steps of post-processing. */
  refine: { request: RefineTask; result: Refined };
}

export interface RefineTask {
  /** The photo at the size that the map gets. */
  readonly guide: PhotoGuide;
  readonly estimate: DisparityMap;
  readonly options: PostProcessing;
  /** One number in shared memory. Another value than 0 ends the work before its next step. */
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
  /** [height, width], 65535 = nearest. */
  readonly disparity: Uint16Array;
  /** All values are equal: the map shows no depth. */
  readonly isFlat: boolean;
}

type Request<K extends keyof PixelCalls> = PixelCalls[K]["request"];

answerRequests<PixelCalls>({
  prepare,
  interpret,
  heuristic: ({ rgb, photo }) => heuristicDisparity(rgb, photo),
  refine,
});

function prepare({ rgb, photo, input, mirrored: wanted }: Request<"prepare">): Prepared {
  const modelSize = modelInputSize(photo, input.size);
  const tensor = modelTensor(rgb, photo, modelSize, input);
  return {
    modelSize,
    tensor,
    ...(wanted && { mirroredTensor: mirrored(tensor, modelSize.width) }),
  };
}

function interpret({ raw, rawMirrored, output, blendFor }: Request<"interpret">): Interpreted {
  const { values, width, height } = raw;
  const fault = outputFault(values) ?? (rawMirrored && outputFault(rawMirrored.values));
  if (fault) return { fault };
  const disparity = rawDisparity(values, output);
  const ofMirrored = rawMirrored && rawDisparity(rawMirrored.values, output);
  const estimate = ofMirrored ? flipAverage(disparity, ofMirrored, width) : disparity;
  const map = { values: estimate, width, height };
  return {
    disparity: blendFor ? blendWithHeuristic(map, blendFor.rgb, blendFor.photo).values : estimate,
    ...rawExtent(values),
  };
}

/** A loop, because a callback for each value takes several times as long. */
function rawExtent(values: Float32Array) {
  let rawMinimum = Number.POSITIVE_INFINITY;
  let rawMaximum = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < rawMinimum) rawMinimum = value;
    if (value > rawMaximum) rawMaximum = value;
  }
  return { rawMinimum, rawMaximum };
}

function refine({ guide, estimate, options, cancelled }: Request<"refine">): Refined {
  const { values, width, height } = postProcess(estimate, guide, options, () => {
    if (Atomics.load(cancelled, 0) !== 0) throw new Error("cancelled");
  });
  const disparity = toUint16(values);
  const isFlat = disparity.every((value) => value === disparity[0]);
  return { disparity, isFlat, width, height };
}
