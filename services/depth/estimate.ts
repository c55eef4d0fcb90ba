/** From a photo to disparity up to scale and shift, by a model. */
import type { DisparityMap } from "../../core/depthmap/post-processing.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { DecodedPhoto } from "./decode/request.js";
import type { PixelThread } from "./pixels/pixel-thread.js";
import type { DepthModel } from "./session.js";

/** Small enough to gain by being mixed with the heuristic. */
const BLENDED_MODEL = "depthmesh-tiny";

export const isBlended = ({ entry }: DepthModel) => entry.name === BLENDED_MODEL;

/** The model on the photo, then on its mirror image; a cancel is looked at between native calls. */
export function estimate(
  model: DepthModel,
  pixels: PixelThread,
  photo: DecodedPhoto,
  signal: AbortSignal,
): Promise<DisparityMap> {
  const { longSidePixels, multiple, mean, std } = model.entry.input;
  return inSpan("infer", {}, async () => {
    const { modelSize, tensor, mirroredTensor } = await pixels.prepare({
      rgb: photo.rgb,
      photo: { width: photo.width, height: photo.height },
      rule: { longSidePixels, multiple },
      normalisation: { mean, std },
    });
    signal.throwIfAborted();
    const raw = await model.infer(tensor, modelSize);
    signal.throwIfAborted();
    const rawMirrored = await model.infer(mirroredTensor, modelSize);
    signal.throwIfAborted();
    return pixels.average({ raw, rawMirrored, modelSize });
  });
}
