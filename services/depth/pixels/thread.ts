/** The thread of the pixel loops around inference. */
import { parentPort } from "node:worker_threads";
import type { Size } from "../../../core/clip/size.js";
import { alignToPhoto } from "../../../core/depthmap/align.js";
import {
  flipAverage,
  mirrored,
  modelInputSize,
  modelTensor,
} from "../../../core/depthmap/model-tensor.js";
import { normalise, robustRange, toUint16 } from "../../../core/depthmap/range.js";
import { resize } from "../../../core/depthmap/resize.js";
import type { PixelReply, PixelTask, Prepared, Refined } from "./protocol.js";

type Task<K extends PixelTask["kind"]> = Extract<PixelTask, { kind: K }>;

function prepare({ rgb, photo, rule, normalisation }: Task<"prepare">): Prepared {
  const modelSize = modelInputSize(photo, rule);
  const tensor = modelTensor(rgb, photo, modelSize, normalisation);
  return { modelSize, tensor, mirroredTensor: mirrored(tensor, modelSize.width) };
}

function refine(task: Task<"refine">): Refined {
  const { rgb, photo, raw, rawMirrored, modelSize, longSidePixels } = task;
  const averaged = flipAverage(raw, rawMirrored, modelSize.width);
  const coarse = normalise(averaged, robustRange(averaged));
  const size = mapSize(photo, longSidePixels);
  const guide = Uint8Array.from(resize(rgb, photo, size, 3), Math.round);
  const refined = alignToPhoto(coarse, modelSize, guide, size);
  // The filter may overshoot at strong edges.
  const disparity = toUint16(normalise(refined, { low: 0, high: 1 }));
  return { disparity, ...size };
}

/** The photo's aspect with this long side, never larger than the photo. */
function mapSize(photo: Size, longSidePixels: number): Size {
  const scale = Math.min(1, longSidePixels / Math.max(photo.width, photo.height));
  return {
    width: Math.max(1, Math.round(photo.width * scale)),
    height: Math.max(1, Math.round(photo.height * scale)),
  };
}

parentPort?.on("message", (task: PixelTask) => {
  let reply: PixelReply;
  try {
    reply = { result: task.kind === "prepare" ? prepare(task) : refine(task) };
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(reply);
});
