/** The thread of the pixel loops around inference. */

import { blendWithHeuristic } from "../../../core/depthmap/blend.js";
import { heuristicDisparity } from "../../../core/depthmap/heuristic.js";
import { modelInputSize } from "../../../core/depthmap/model-size.js";
import { flipAverage, mirrored, modelTensor } from "../../../core/depthmap/model-tensor.js";
import { postProcess } from "../../../core/depthmap/post-processing.js";
import { toUint16 } from "../../../core/depthmap/range.js";
import { outputFault, rawDisparity } from "../../../core/depthmap/raw-output.js";
import { resize } from "../../../core/depthmap/resize.js";
import type { Size } from "../../../core/geometry/size.js";
import { withinLongSide } from "../../../core/geometry/size.js";
import { answerRequests } from "../../../kit/process/thread-client.js";
import type { Interpreted, PixelCalls, Prepared, Refined } from "./protocol.js";

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
    rawMinimum: values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    rawMaximum: values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  };
}

function refine({ rgb, photo, estimate, options, ...task }: Request<"refine">): Refined {
  const size = withinLongSide(photo, task.longSidePixels);
  const guide = size.width === photo.width ? rgb : resizedBytes(rgb, photo, size);
  const map = postProcess(estimate, { rgb: guide, ...size }, options, () => {
    if (Atomics.load(task.cancelled, 0) !== 0) throw new Error("cancelled");
  });
  const disparity = toUint16(map.values);
  const isFlat = disparity.every((value) => value === disparity[0]);
  return { disparity, isFlat, ...size };
}

function resizedBytes(rgb: Uint8Array, from: Size, to: Size): Uint8Array {
  const values = resize(rgb, from, to, 3);
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (values[i] ?? 0) + 0.5;
  return bytes;
}
