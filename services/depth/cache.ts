/** Depth maps by what they were made of, so that the same photo with other camera settings is not estimated again. */
import { createHash } from "node:crypto";
import type { KV } from "nats";
import {
  POST_PROCESSING_VERSION,
  type PostProcessing,
} from "../../core/depthmap/post-processing.js";
import type { Note } from "../../core/spec/note.js";
import type { DepthSource, RasterRef } from "../../core/spec/stage-output.js";
import { BlobCache } from "../../kit/blobs/blob-cache.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import type { Log } from "../../kit/log.js";

/** Everything that decides a map's values. */
export interface MapOrigin {
  readonly tenant: string;
  /** Of the decoded photo's size and pixels. */
  readonly photoSha256: string;
  /** Of the model's file, or of the values of a caller's own map. */
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

/** The key of a map: equal for equal origins, and never for two tenants. */
export function cacheKey(origin: MapOrigin, version = POST_PROCESSING_VERSION): string {
  const { tenant, photoSha256, sourceSha256, longSidePixels, options } = origin;
  const { rangeLowPercent, rangeHighPercent, invert } = options;
  const { edgeRefinement, fattenPixels, smoothingPixels } = options;
  const parts = [
    ...[version, tenant, photoSha256, sourceSha256, longSidePixels],
    ...[rangeLowPercent, rangeHighPercent, invert, edgeRefinement, fattenPixels, smoothingPixels],
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

export type DepthCache = BlobCache<CachedMap>;

export function depthCache(bucket: KV, blobs: Pick<RemoteBlobs, "hold">, log: Log): DepthCache {
  const blobsOf = ({ photo, disparity, thumbnail }: CachedMap) =>
    [photo, disparity, thumbnail].map(({ sha256 }) => sha256);
  return new BlobCache({ bucket, blobs, log, name: "depth maps", blobsOf });
}
