/**
 * What the depth stage can reuse: depth maps of the same photo and options, and results of earlier
 * jobs. A job with other camera settings reuses the map; a job that asks for exactly the same
 * outputs reuses the whole result.
 */
import { createHash } from "node:crypto";
import type { KV } from "nats";
import {
  POST_PROCESSING_VERSION,
  type PostProcessing,
} from "../../core/depthmap/post-processing.js";
import { fields, list } from "../../core/spec/json-checks.js";
import type { Note } from "../../core/spec/note.js";
import { canonicalJson, resultIdentity, without } from "../../core/spec/result-identity.js";
import type { DepthSpec, JobSpec } from "../../core/spec/spec.js";
import {
  DEPTH_SOURCE,
  type DepthOutput,
  type DepthSource,
  RASTER,
  type RasterRef,
  STORED_NOTE,
} from "../../core/spec/stage-output.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import { BlobCache } from "../../kit/blobs/remote.js";
import type { Log } from "../../kit/log.js";
import { VERSION } from "../../kit/process/package-path.js";
import { increment } from "../../kit/telemetry/metrics.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { JobRecord } from "../../pipeline/record/record.js";
import type { EarlierResult, ResultCache } from "../../pipeline/results/result-cache.js";
import { cacheEntryKey } from "../../pipeline/topology/names.js";

/** Everything that decides the values of a map. */
export interface MapOrigin {
  readonly tenant: string;
  /** Hash of the size and the pixels of the decoded photo. */
  readonly photoSha256: string;
  /** Hash of the model file and its contract, or of the values of a supplied map. */
  readonly sourceSha256: string;
  readonly options: PostProcessing;
  readonly longSidePixels: number;
}

export interface CachedMap {
  readonly photo: RasterRef;
  readonly disparity: RasterRef;
  readonly thumbnail: RasterRef;
  readonly source: DepthSource;
  readonly notes: readonly Note[];
}

/**
 * Depth options of a job that are not part of the key: the origin holds the hash of a supplied map
 * and the resolved long side instead.
 */
export const NOT_IN_KEY: ReadonlySet<Exclude<keyof DepthSpec, keyof PostProcessing>> = new Set([
  "map",
  "longSidePixels",
  "embedded",
]);

/**
 * The key of a map: equal for equal origins, never for two tenants. Every option counts that is not
 * left out by name, so that a new option cannot be forgotten.
 */
export function cacheKey(origin: MapOrigin, version = POST_PROCESSING_VERSION): string {
  const options = without(origin.options, NOT_IN_KEY);
  const identity = canonicalJson({ ...origin, options, version });
  return cacheEntryKey(origin.tenant, createHash("sha256").update(identity).digest("hex"));
}

const STORED_MAP = fields<CachedMap>({
  photo: RASTER,
  disparity: RASTER,
  thumbnail: RASTER,
  source: DEPTH_SOURCE,
  notes: list(STORED_NOTE),
});

/** The map in a cache entry. Throws INTERNAL for another shape. */
export const readCachedMap = (stored: unknown): CachedMap => STORED_MAP(stored, "");

export type DepthCache = BlobCache<CachedMap>;

export function depthCache(bucket: KV, blobs: Pick<RemoteBlobs, "hold">, log: Log): DepthCache {
  const blobsOf = ({ photo, disparity, thumbnail }: CachedMap) =>
    [photo, disparity, thumbnail].map(({ sha256 }) => sha256);
  return new BlobCache({ bucket, blobs, log, name: "depth maps", read: readCachedMap, blobsOf });
}

/** The key of a job's result; null for a job that makes only a depth map: `cacheKey` covers it. */
export function resultKey(
  { tenant, lastStage }: Pick<JobRecord, "tenant" | "lastStage">,
  spec: JobSpec,
  { photo, alpha, disparity }: Pick<DepthOutput, "photo" | "alpha" | "disparity">,
): string | null {
  if (lastStage === "depth") return null;
  const identity = resultIdentity({ tenant, version: VERSION, photo, alpha, disparity, spec });
  return cacheEntryKey(tenant, createHash("sha256").update(identity).digest("hex"));
}

/** The earlier job that has made this result, if any. Throws the reason of the signal. */
export function lookUpResult(
  results: ResultCache,
  key: string,
  signal: AbortSignal,
  job: string,
): Promise<EarlierResult | undefined> {
  return inSpan("look up result", {}, async (span) => {
    const found = await results.find(key, signal, job);
    span.setAttribute("depthmesh.cache_hit", found !== undefined);
    countLookup("result", found !== undefined);
    if (found) span.setAttribute("depthmesh.earlier_job", found.job);
    return found;
  });
}

/** Counts a lookup of a job; with `by` 0 it only makes the series known. */
export function countLookup(cache: "depth_map" | "result", isHit: boolean, by = 1): void {
  const result = isHit ? "hit" : "miss";
  const attributes = { "depthmesh.cache": cache, "depthmesh.cache.result": result };
  increment("depthmesh.cache.lookups", attributes, by);
}
