/** The order handler: decode, then the cache's map or a new one (estimate or take the caller's, refine, store), commit. */
import type { Size } from "../../core/clip/size.js";
import { aspectNote } from "../../core/depthmap/aspect-note.js";
import type { DisparityMap } from "../../core/depthmap/post-processing.js";
import { POST_PROCESSING_VERSION } from "../../core/depthmap/post-processing.js";
import type { JobSpec } from "../../core/job/spec.js";
import type { DepthOutput } from "../../core/job/stage-output.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import type { Json } from "../../kit/jobs/record.js";
import type { StageWork } from "../../kit/jobs/stage-worker.js";
import type { ServiceContext } from "../../kit/service.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import { type CachedMap, cacheKey, type DepthCache } from "./cache.js";
import type { DepthConfig } from "./config.js";
import type { Decoder } from "./decode/decoder.js";
import type { DecodedPhoto } from "./decode/request.js";
import type { PhotoRules } from "./decode/rules.js";
import { estimate, isBlended } from "./estimate.js";
import type { PixelThread } from "./pixels/pixel-thread.js";
import type { ModelLibrary } from "./session.js";
import { storeArtifacts, storeMap } from "./store.js";

export interface DepthWorkerParts {
  readonly context: ServiceContext<DepthConfig>;
  readonly blobs: RemoteBlobs;
  readonly models: ModelLibrary;
  readonly decoder: Decoder;
  readonly photoRules: PhotoRules;
  readonly pixels: PixelThread;
  readonly cache: DepthCache;
}

/** Where a map's values come from. */
interface MapSource {
  readonly sha256: string;
  readonly blend: boolean;
  readonly notes: readonly string[];
  readonly disparity: () => Promise<DisparityMap>;
}

export async function handleDepth(parts: DepthWorkerParts, work: StageWork): Promise<void> {
  const { record, lease } = work;
  const { signal } = lease;
  const [specBytes, photoBytes] = await inSpan("pull", {}, () =>
    Promise.all([
      parts.blobs.read(record.specBlob, signal),
      parts.blobs.read(record.photoBlob, signal),
    ]),
  );
  const spec = JSON.parse(Buffer.from(specBytes).toString()) as JobSpec;
  const longSidePixels = spec.depth.longSidePixels ?? parts.context.config.disparitySide;
  lease.report(0.1);
  const photo = await inSpan("decode", {}, () =>
    parts.decoder.photo(
      photoBytes,
      // Without a video nothing needs more of the photo than the map does.
      {
        ...parts.photoRules,
        fit: spec.outputs.length > 0 ? { clip: spec.clip } : { longSidePixels },
      },
      signal,
    ),
  );
  lease.report(0.3);
  const source = await sourceOf(parts, work, spec, photo);
  const key = cacheKey({
    tenant: record.tenant,
    photoSha256: photo.sha256,
    sourceSha256: source.sha256,
    options: spec.depth,
    longSidePixels,
  });
  const cached = await lookUp(parts.cache, key, signal);
  lease.report(0.5);
  const map = cached ?? (await make(parts, work, spec, photo, source, longSidePixels));
  const artifacts = await storeArtifacts(parts.blobs, work, spec, map.disparity);
  const output: DepthOutput = {
    ...map,
    cacheHit: cached !== undefined,
    postProcessingVersion: POST_PROCESSING_VERSION,
  };
  await lease.commit({ output: output as unknown as Json, artifacts });
  if (!cached) await parts.cache.remember(key, map);
}

function lookUp(cache: DepthCache, key: string, signal: AbortSignal) {
  return inSpan("look up map", {}, async (span) => {
    const found = await cache.find(key, signal);
    span.setAttribute("depthmesh.cache_hit", found !== undefined);
    return found;
  });
}

/** The caller's own map, or the model that the spec names. */
async function sourceOf(
  { models, pixels, blobs, decoder, photoRules }: DepthWorkerParts,
  { record, lease: { signal } }: StageWork,
  spec: JobSpec,
  photo: DecodedPhoto,
): Promise<MapSource> {
  const { map: input } = spec.depth;
  if (input && record.depthMapBlob) {
    const bytes = await blobs.read(record.depthMapBlob, signal);
    const map = await inSpan("decode map", {}, () =>
      decoder.map(bytes, { input, ...photoRules }, signal),
    );
    const note = aspectNote(map, photo);
    const notes = note ? [note] : [];
    return { sha256: map.sha256, blend: false, notes, disparity: async () => map };
  }
  const model = await models.load(spec.model);
  return {
    sha256: model.entry.sha256,
    blend: isBlended(model),
    notes: [],
    disparity: () => estimate(model, pixels, photo, signal),
  };
}

async function make(
  { pixels, blobs }: DepthWorkerParts,
  work: StageWork,
  spec: JobSpec,
  photo: DecodedPhoto,
  source: MapSource,
  longSidePixels: number,
): Promise<CachedMap> {
  const { lease } = work;
  const disparity = await source.disparity();
  lease.report(0.6);
  const size: Size = { width: photo.width, height: photo.height };
  const refined = await inSpan("refine", {}, () =>
    pixels.refine(
      {
        rgb: photo.rgb,
        photo: size,
        estimate: disparity,
        blend: source.blend,
        options: spec.depth,
        longSidePixels,
      },
      lease.signal,
    ),
  );
  lease.report(0.9);
  const notes = refined.isFlat
    ? [
        ...source.notes,
        "the depth map has one value everywhere: nothing will move against anything",
      ]
    : source.notes;
  return { ...(await inSpan("store", {}, () => storeMap(blobs, work, photo, refined))), notes };
}
