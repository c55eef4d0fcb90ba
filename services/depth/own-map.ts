/** A caller's own depth map in the place of an estimate. */
import type { MapInput } from "../../core/depthmap/files/map-file.js";
import type { PostProcessing } from "../../core/depthmap/post-processing.js";
import { stretchNote } from "../../core/spec/depth-notes.js";
import type { DepthSource } from "../../core/spec/stage-output.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { Decoder } from "./decode/decoder.js";
import type { DecodedMap, DecodedPhoto } from "./decode/request.js";
import type { PhotoRules } from "./decode/rules.js";
import { flatNotes, type SourcedMap } from "./estimate.js";
import type { PixelThread } from "./pixels/pixel-thread.js";

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
