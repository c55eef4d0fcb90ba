/** From a decoded photo to its depth map: inference, then post-processing against the photo. */
import type { PostProcessing } from "../../core/depthmap/post-processing.js";
import type { DepthSource } from "../../core/job/stage-output.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { DecodedPhoto } from "./decode/request.js";
import type { DepthEngine, EstimateRequest } from "./inference/engine.js";
import type { PixelThread } from "./pixels/pixel-thread.js";
import type { Refined } from "./pixels/protocol.js";

export interface EstimateParts {
  readonly engine: DepthEngine;
  readonly pixels: PixelThread;
}

export interface EstimateOptions
  extends Pick<EstimateRequest, "model" | "degradePolicy" | "signal"> {
  readonly postProcessing: PostProcessing;
  readonly longSidePixels: number;
  /** Called with a fraction in [0, 1]. */
  readonly onProgress?: (fraction: number) => void;
}

export interface DepthMap extends Refined {
  readonly source: DepthSource;
  /** Smallest and largest raw output of the model. */
  readonly rawMinimum: number;
  readonly rawMaximum: number;
}

/** A cancel is looked at between native calls and between steps. Throws as DepthEngine.estimate does. */
export async function estimateMap(
  { engine, pixels }: EstimateParts,
  { rgb, width, height }: DecodedPhoto,
  options: EstimateOptions,
): Promise<DepthMap> {
  const { model, degradePolicy, signal, onProgress } = options;
  const estimate = await inSpan("infer", {}, async (span) => {
    const made = await engine.estimate({ rgb, width, height, model, degradePolicy, signal });
    span.setAttributes({ "depthmesh.model": made.model, "depthmesh.provider": made.provider });
    return made;
  });
  onProgress?.(0.5);
  const { disparity: values, edges } = estimate;
  const refined = await inSpan("refine", {}, () =>
    pixels.refine(
      {
        ...{ rgb, photo: { width, height } },
        estimate: { values, edges, width: estimate.width, height: estimate.height },
        options: options.postProcessing,
        longSidePixels: options.longSidePixels,
      },
      signal,
    ),
  );
  const { modelSha256, provider, degradations, rawMinimum, rawMaximum } = estimate;
  const source = { model: estimate.model, modelSha256, provider, degradations };
  return { ...refined, source, rawMinimum, rawMaximum };
}
