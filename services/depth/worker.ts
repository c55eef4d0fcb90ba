/**
 * The handler of depth orders: decodes the photo, takes its depth map from the cache or makes it,
 * stores the map and the artifacts, and commits the stage. When an earlier job has made the same
 * result, it completes the job with that one.
 */

import { POST_PROCESSING_VERSION } from "../../core/depthmap/post-processing.js";
import type { Size } from "../../core/geometry/size.js";
import { DEPTH_ARTIFACT } from "../../core/spec/artifact-names.js";
import type { JobSpec } from "../../core/spec/spec.js";
import type { DepthOutput, RasterRef } from "../../core/spec/stage-output.js";
import { readSpec } from "../../core/spec/stored-spec.js";
import { usesAlpha } from "../../core/spec/transparency.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { ArtifactRecord } from "../../pipeline/record/record.js";
import type { ResultCache } from "../../pipeline/results/result-cache.js";
import type { PipelineContext } from "../../pipeline/topology/mesh-state.js";
import type { StageWork } from "../../pipeline/worker/stage-worker.js";
import {
  type CachedMap,
  cacheKey,
  countLookup,
  type DepthCache,
  lookUpResult,
  resultKey,
} from "./cache.js";
import type { DepthConfig } from "./config.js";
import type { Decoder } from "./decode/decoder.js";
import { photoFit } from "./decode/fit.js";
import type { DecodedPhoto, PhotoRules } from "./decode/protocol.js";
import { estimateMap, refineSuppliedMap } from "./depth-map.js";
import type { DepthEngine } from "./inference/engine.js";
import { depthThumbnail, encodeDepthPng } from "./map-png.js";
import type { PixelThread } from "./pixels/pixel-thread.js";
import type { Refined } from "./pixels/thread.js";
import { type SuppliedMap, suppliedMap } from "./supplied-map.js";

export interface DepthWorkerParts {
  readonly context: PipelineContext<DepthConfig>;
  readonly blobs: RemoteBlobs;
  readonly decoder: Decoder;
  readonly photoRules: PhotoRules;
  readonly engine: DepthEngine;
  readonly pixels: PixelThread;
  readonly cache: DepthCache;
  readonly results: ResultCache;
}

/** Everything from which the depth map of a job is made. */
interface Ingredients {
  readonly spec: JobSpec;
  readonly photo: DecodedPhoto;
  /**
   * The caller's depth map, or the camera's in the photo's file; otherwise a model estimates one.
   */
  readonly supplied: SuppliedMap | undefined;
  readonly longSidePixels: number;
}

export async function handleDepth(parts: DepthWorkerParts, work: StageWork): Promise<void> {
  const { blobs, cache, results } = parts;
  const { lease, record } = work;
  const ingredients = await gather(parts, work);
  const { spec, photo, supplied, longSidePixels } = ingredients;
  const key = cacheKey({
    tenant: record.tenant,
    photoSha256: photo.sha256,
    sourceSha256: supplied?.map.sha256 ?? (await parts.engine.fingerprint(spec.model)),
    options: spec.depth,
    longSidePixels,
  });
  // A retry of the depth stage asks for a new map, not for the one that was wrong or missing; so
  // does a job whose map was found damaged.
  const isRemade = record.retryOf !== undefined || (record.stages.depth.remakes ?? 0) > 0;
  const mayReuse = spec.cachePolicy !== "bypass" && !isRemade;
  const cached = mayReuse ? await lookUp(cache, key, work) : undefined;
  const { map, isDegraded } = cached
    ? { map: cached, isDegraded: false }
    : await makeMap(parts, work, ingredients);
  lease.report(0.95);
  const artifacts = await storeArtifacts(blobs, work, spec, map.disparity);
  const alpha = await storeAlpha(blobs, work, photo);
  const { notes, ...rasters } = { ...map, alpha };
  const output: DepthOutput = {
    ...rasters,
    cacheHit: cached !== undefined,
    postProcessingVersion: POST_PROCESSING_VERSION,
    resultKey: isDegraded ? null : resultKey(record, spec, rasters),
  };
  const result = {
    output,
    artifacts,
    notes: [...photo.notes, ...(supplied?.notes ?? []), ...notes],
  };
  const earlier =
    mayReuse && output.resultKey !== null
      ? await lookUpResult(results, output.resultKey, lease.signal, record.id)
      : undefined;
  if (earlier) await lease.completeFromCache(result, earlier);
  else await lease.commit(result);
  // A degraded map must not be reused: the model may work again for the next job.
  if (!cached && !isDegraded) await cache.remember(key, map);
}

/** Pulls the spec, the photo and the supplied map from the gateway, and decodes them. */
async function gather(parts: DepthWorkerParts, { record, lease }: StageWork): Promise<Ingredients> {
  const { blobs, decoder, photoRules, context } = parts;
  const { signal } = lease;
  const { specBlob, photoBlob, depthMapBlob } = record;
  const [specBytes, photoBytes, mapBytes] = await inSpan("pull", {}, () =>
    Promise.all([
      blobs.read(specBlob, signal),
      blobs.read(photoBlob, signal),
      depthMapBlob ? blobs.read(depthMapBlob, signal) : undefined,
    ]),
  );
  const spec = readSpec(specBytes);
  const longSidePixels = spec.depth.longSidePixels ?? context.config.disparitySide;
  lease.report(0.1);
  const photo = await inSpan("decode", {}, () =>
    decoder.photo(
      photoBytes,
      {
        ...photoRules,
        fit: photoFit(spec, longSidePixels),
        wantsAlpha: usesAlpha(spec),
        guideLongSidePixels: longSidePixels,
      },
      signal,
    ),
  );
  const files = { photoFile: photoBytes, photo, mapFile: mapBytes };
  const supplied = await inSpan("decode map", {}, () =>
    suppliedMap(decoder, spec, files, photoRules, signal),
  );
  lease.report(0.3);
  return { spec, photo, supplied, longSidePixels };
}

function lookUp(cache: DepthCache, key: string, { lease, record }: StageWork) {
  return inSpan("look up map", {}, async (span) => {
    const found = await cache.find(key, lease.signal, record.id);
    span.setAttribute("depthmesh.cache_hit", found !== undefined);
    countLookup("depth_map", found !== undefined);
    return found;
  });
}

async function makeMap(
  { engine, pixels, blobs }: DepthWorkerParts,
  work: StageWork,
  { spec, photo, supplied }: Ingredients,
): Promise<{ map: CachedMap; isDegraded: boolean }> {
  const { lease } = work;
  const { model, degradePolicy, depth } = spec;
  const options = { postProcessing: depth, signal: lease.signal };
  const map = supplied
    ? await refineSuppliedMap(pixels, supplied.map, photo, options)
    : await estimateMap({ engine, pixels }, photo, {
        ...{ ...options, model, degradePolicy },
        onProgress: (fraction) => lease.report(0.3 + 0.6 * fraction),
      });
  lease.report(0.9);
  const stored = await inSpan("store", {}, () => storeMap(blobs, work, photo, map));
  return {
    map: { ...stored, source: map.source, notes: map.notes },
    isDegraded: map.isDegraded,
  };
}

/** Alpha is not part of a cached map: photos that differ in it alone can have the same map. */
async function storeAlpha(
  blobs: RemoteBlobs,
  work: StageWork,
  { alpha, ...size }: DecodedPhoto,
): Promise<RasterRef | null> {
  if (!alpha) return null;
  return inSpan("store alpha", {}, async () => {
    const { sha256 } = await blobs.write(writerOf(work), alpha, work.lease.signal);
    return raster(sha256, size);
  });
}

const writerOf = ({ record, lease }: StageWork) => ({ job: record.id, token: lease.token });

/** Writes photo and map as raw rasters, and the thumbnail of the map, into the blob store. */
async function storeMap(
  blobs: RemoteBlobs,
  work: StageWork,
  photo: DecodedPhoto,
  map: Refined,
): Promise<Pick<DepthOutput, "photo" | "disparity" | "thumbnail">> {
  const { buffer, byteOffset, byteLength } = map.disparity;
  const { signal } = work.lease;
  const thumbnail = await depthThumbnail(map.disparity, map);
  const [photoBlob, mapBlob, thumbnailBlob] = await Promise.all([
    blobs.write(writerOf(work), photo.rgb, signal),
    blobs.write(writerOf(work), new Uint8Array(buffer, byteOffset, byteLength), signal),
    blobs.write(writerOf(work), thumbnail.png, signal),
  ]);
  return {
    photo: raster(photoBlob.sha256, photo),
    disparity: raster(mapBlob.sha256, map),
    thumbnail: raster(thumbnailBlob.sha256, thumbnail),
  };
}

/** Makes the requested depth artifacts from the stored map, which may come from the cache. */
async function storeArtifacts(
  blobs: RemoteBlobs,
  work: StageWork,
  spec: JobSpec,
  disparity: RasterRef,
): Promise<ArtifactRecord[]> {
  if (!spec.artifacts.includes("depth")) return [];
  return inSpan(`store ${DEPTH_ARTIFACT}`, {}, async () => {
    const { signal } = work.lease;
    const samples = new Uint8Array(await blobs.read(disparity.sha256, signal));
    const png = await encodeDepthPng(new Uint16Array(samples.buffer), disparity);
    const { sha256, sizeBytes } = await blobs.write(writerOf(work), png, signal);
    const { width, height } = disparity;
    return [
      { name: DEPTH_ARTIFACT, mediaType: "image/png", sizeBytes, sha256, width, height, frames: 0 },
    ];
  });
}

function raster(sha256: string, { width, height }: Size): RasterRef {
  return { sha256, width, height };
}
