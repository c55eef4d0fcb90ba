/** Makes the depth map of a photo: estimated by a model, or taken from a map that the caller supplied. */

import type { MapInput } from "../../core/depthmap/files/map-file.js";
import type { PostProcessing } from "../../core/depthmap/post-processing.js";
import { degradationNote, stretchNote } from "../../core/spec/depth-notes.js";
import { type Note, note } from "../../core/spec/note.js";
import type { DepthSource } from "../../core/spec/stage-output.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { Decoder } from "./decode/decoder.js";
import type { DecodedMap, DecodedPhoto, PhotoRules } from "./decode/protocol.js";
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

/** A map, who made it, and what the caller should know of it. */
export interface SourcedMap extends Refined {
  readonly source: DepthSource;
  /** A better way than the one taken failed. */
  readonly isDegraded: boolean;
  readonly notes: readonly Note[];
}

export interface DepthMap extends SourcedMap {
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
  const source = { model: estimate.model, modelSha256, provider };
  const notes = [...degradations.map(degradationNote), ...flatNotes(refined)];
  return {
    ...{ ...refined, source, notes, rawMinimum, rawMaximum },
    isDegraded: degradations.length > 0,
  };
}

/** What is to be said of a map that shows no depth. */
export function flatNotes({ isFlat }: Pick<Refined, "isFlat">): Note[] {
  return isFlat ? [note("DEPTH_FLAT", {})] : [];
}

/** No model. */
const NO_SOURCE: DepthSource = { model: "", modelSha256: "", provider: "" };

export function decodeOwnMap(
  decoder: Decoder,
  bytes: Uint8Array,
  input: MapInput,
  rules: PhotoRules,
  signal: AbortSignal,
): Promise<DecodedMap> {
  return inSpan("decode map", {}, () => decoder.map(bytes, { input, ...rules }, signal));
}

/** The map on the photo, through the same steps as an estimate. */
export async function refineOwnMap(
  pixels: PixelThread,
  map: DecodedMap,
  { rgb, width, height }: DecodedPhoto,
  options: { readonly postProcessing: PostProcessing; readonly longSidePixels: number },
  signal: AbortSignal,
): Promise<SourcedMap> {
  const photo = { width, height };
  const refined = await inSpan("refine", {}, () =>
    pixels.refine(
      {
        ...{ rgb, photo },
        estimate: map,
        options: options.postProcessing,
        longSidePixels: options.longSidePixels,
      },
      signal,
    ),
  );
  const stretched = stretchNote(map, photo);
  const notes = [...(stretched ? [stretched] : []), ...flatNotes(refined)];
  return { ...refined, source: NO_SOURCE, isDegraded: false, notes };
}
