/** The thread of the pixel loops around inference. */
import { parentPort } from "node:worker_threads";
import type { Size } from "../../../core/clip/size.js";
import { blendWithHeuristic } from "../../../core/depthmap/blend.js";
import {
  flipAverage,
  mirrored,
  modelInputSize,
  modelTensor,
} from "../../../core/depthmap/model-tensor.js";
import { type DisparityMap, postProcess } from "../../../core/depthmap/post-processing.js";
import { toUint16 } from "../../../core/depthmap/range.js";
import { resize } from "../../../core/depthmap/resize.js";
import type {
  PixelReply,
  PixelResult,
  PixelTask,
  Prepared,
  Refined,
  RefineTask,
} from "./protocol.js";

type Task<K extends PixelTask["kind"]> = Extract<PixelTask, { kind: K }>;

function prepare({ rgb, photo, rule, normalisation }: Task<"prepare">): Prepared {
  const modelSize = modelInputSize(photo, rule);
  const tensor = modelTensor(rgb, photo, modelSize, normalisation);
  return { modelSize, tensor, mirroredTensor: mirrored(tensor, modelSize.width) };
}

function average({ raw, rawMirrored, modelSize }: Task<"average">): DisparityMap {
  return { values: flipAverage(raw, rawMirrored, modelSize.width), ...modelSize };
}

function refine(task: RefineTask): Refined {
  const { photo, options, cancelled } = task;
  const stopIfCancelled = () => {
    if (Atomics.load(cancelled, 0) !== 0) throw new Error("cancelled");
  };
  const estimate = task.blend ? blendWithHeuristic(task.estimate, task.rgb, photo) : task.estimate;
  stopIfCancelled();
  const size = mapSize(photo, task.longSidePixels);
  const rgb = size.width === photo.width ? task.rgb : resizedBytes(task.rgb, photo, size);
  const map = postProcess(estimate, { rgb, ...size }, options, stopIfCancelled);
  const disparity = toUint16(map.values);
  const isFlat = disparity.every((value) => value === disparity[0]);
  return { disparity, isFlat, width: map.width, height: map.height };
}

function resizedBytes(rgb: Uint8Array, from: Size, to: Size): Uint8Array {
  const values = resize(rgb, from, to, 3);
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (values[i] ?? 0) + 0.5;
  return bytes;
}

/** The photo's aspect with this long side, never larger than the photo. */
function mapSize(photo: Size, longSidePixels: number): Size {
  const scale = Math.min(1, longSidePixels / Math.max(photo.width, photo.height));
  return {
    width: Math.max(1, Math.round(photo.width * scale)),
    height: Math.max(1, Math.round(photo.height * scale)),
  };
}

function run(task: PixelTask): PixelResult {
  switch (task.kind) {
    case "prepare":
      return prepare(task);
    case "average":
      return average(task);
    case "refine":
      return refine(task);
  }
}

parentPort?.on("message", (task: PixelTask) => {
  let reply: PixelReply;
  try {
    reply = { result: run(task) };
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(reply);
});
