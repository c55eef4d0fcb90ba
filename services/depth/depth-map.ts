/** Makes the depth map of a photo: a model estimates it, or the caller has supplied one. */
import type { DisparityMap, PostProcessing } from "../../core/depthmap/post-processing.js";
import { degradationNote, type Note, note, stretchNote } from "../../core/spec/note.js";
import type { DepthSource } from "../../core/spec/stage-output.js";
import { measure } from "../../kit/telemetry/metrics.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { DecodedMap, DecodedPhoto } from "./decode/protocol.js";
import type { DepthEngine, EstimateRequest } from "./inference/engine.js";
import type { PixelThread } from "./pixels/pixel-thread.js";
import type { Refined } from "./pixels/thread.js";

export interface EstimateParts {
  readonly engine: DepthEngine;
  readonly pixels: PixelThread;
}

interface RefineOptions {
  readonly postProcessing: PostProcessing;
  readonly signal: AbortSignal;
}

export interface EstimateOptions
  extends RefineOptions,
    Pick<EstimateRequest, "model" | "degradePolicy"> {
  /** Called with a fraction in [0, 1]. */
  readonly onProgress?: (fraction: number) => void;
}

/** A refined map, the model that made it, and notes for the caller. */
export interface SourcedMap extends Refined {
  readonly source: DepthSource;
  /** The map was not made by the best way: that one failed, and the engine stepped down. */
  readonly isDegraded: boolean;
  readonly notes: readonly Note[];
}

export interface DepthMap extends SourcedMap {
  /** Smallest and largest raw output of the model. */
  readonly rawMinimum: number;
  readonly rawMaximum: number;
}

/**
 * Infers disparity and refines it along the edges of the photo. A cancel takes effect between
 * native calls and between steps. Throws as DepthEngine.estimate does.
 */
export async function estimateMap(
  { engine, pixels }: EstimateParts,
  photo: DecodedPhoto,
  options: EstimateOptions,
): Promise<DepthMap> {
  const { model, degradePolicy, signal } = options;
  const { rgb, width, height } = photo;
  const estimate = await inSpan("infer", {}, async (span) => {
    const begunAtMs = performance.now();
    const made = await engine.estimate({ rgb, width, height, model, degradePolicy, signal });
    const by = { "depthmesh.model": made.model, "depthmesh.provider": made.provider };
    span.setAttributes(by);
    measure("depthmesh.inference.duration", (performance.now() - begunAtMs) / 1000, by);
    return made;
  });
  options.onProgress?.(0.5);
  const { disparity: values, edges, degradations, rawMinimum, rawMaximum } = estimate;
  const map = { values, edges, width: estimate.width, height: estimate.height };
  const refined = await refine(pixels, map, photo, options);
  const { modelSha256, provider } = estimate;
  return {
    ...{ ...refined, rawMinimum, rawMaximum },
    source: { model: estimate.model, modelSha256, provider },
    notes: [...degradations.map(degradationNote), ...flatNotes(refined)],
    isDegraded: degradations.length > 0,
  };
}

const NO_MODEL: DepthSource = { model: "", modelSha256: "", provider: "" };

/** Brings a map that the caller supplied onto the photo, by the same steps as an estimate. */
export async function refineSuppliedMap(
  pixels: PixelThread,
  map: DecodedMap,
  photo: DecodedPhoto,
  options: RefineOptions,
): Promise<SourcedMap> {
  const refined = await refine(pixels, map, photo, options);
  const stretched = stretchNote(map, photo);
  const notes = [...(stretched ? [stretched] : []), ...flatNotes(refined)];
  return { ...refined, source: NO_MODEL, isDegraded: false, notes };
}

function refine(
  pixels: PixelThread,
  estimate: DisparityMap,
  { guide }: DecodedPhoto,
  { postProcessing: options, signal }: RefineOptions,
): Promise<Refined> {
  const task = { guide, estimate, options };
  return inSpan("refine", {}, () => pixels.refine(task, signal));
}

function flatNotes({ isFlat }: Refined): Note[] {
  return isFlat ? [note("DEPTH_FLAT", {})] : [];
}
