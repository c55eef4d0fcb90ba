/**
 * Depth maps by what they were made of, so that the same photo with other camera settings is not estimated again. Entries
 * name blobs and are written once a stage has committed them; a blob that is gone since makes a miss.
 */
import { createHash } from "node:crypto";
import type { KV } from "nats";
import {
  POST_PROCESSING_VERSION,
  type PostProcessing,
} from "../../core/depthmap/post-processing.js";
import type { Note } from "../../core/job/note.js";
import type { DepthSource, RasterRef } from "../../core/job/stage-output.js";
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

export class DepthCache {
  readonly #bucket: KV;
  readonly #blobs: Pick<RemoteBlobs, "hold">;
  readonly #log: Log;

  constructor(bucket: KV, blobs: Pick<RemoteBlobs, "hold">, log: Log) {
    this.#bucket = bucket;
    this.#blobs = blobs;
    this.#log = log;
  }

  /** The map under a key whose blobs are all there. A cache that does not answer has none. */
  async find(key: string, signal: AbortSignal): Promise<CachedMap | undefined> {
    try {
      const entry = await this.#bucket.get(key);
      if (entry?.operation !== "PUT") return undefined;
      const map = entry.json<CachedMap>();
      const blobs = [map.photo, map.disparity, map.thumbnail].map(({ sha256 }) => sha256);
      // Held, for the job's record names them only when the stage commits.
      const missing = await this.#blobs.hold(blobs, signal);
      return missing.length === 0 ? map : undefined;
    } catch (error) {
      signal.throwIfAborted();
      this.#log.warn({ err: error }, "depth cache not read");
      return undefined;
    }
  }

  /** Call it after the commit: what it names is a job's result then. */
  async remember(key: string, map: CachedMap): Promise<void> {
    try {
      await this.#bucket.put(key, JSON.stringify(map));
    } catch (error) {
      this.#log.warn({ err: error }, "depth cache not written");
    }
  }
}
