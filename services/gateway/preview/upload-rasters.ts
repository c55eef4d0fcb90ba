/**
 * Uploaded photos as rasters: a depth worker decodes each once and estimates its depth, and the
 * result stays in memory for the next previews.
 */
import { createHash } from "node:crypto";
import { DepthmeshError } from "../../../core/errors.js";
import { PREVIEW_SIDES } from "../../../core/preview/options.js";
import { Lru } from "../../../kit/async/lru.js";
import { chunksOf } from "../../../kit/rpc/chunks.js";
import { outgoingMetadata, readStream, sendRequests } from "../../../kit/rpc/client.js";
import {
  DepthFormat,
  type DepthMapInfo,
  type DepthServiceClient,
  type EstimateDepthHeader,
  type EstimateDepthRequest,
  type EstimateDepthResponse,
} from "../../../proto/gen/depthmesh/stage/v1/depth_service.js";
import type { Note } from "../../../proto/gen/depthmesh/v1/job.js";
import { DepthOptions, type JobSpec } from "../../../proto/gen/depthmesh/v1/spec.js";
import type { StageWorkers } from "../fleet/stage-workers.js";
import type { UploadedFile } from "../kept-uploads/upload-files.js";
import type { SentRasters } from "./stage-preview.js";

/** A busy worker lets a photo wait; after this time its caller should hear of it. */
const ESTIMATE_MS = 120_000;

/** Rasters, and what the depth worker says about them. */
export interface EstimatedRasters extends SentRasters {
  readonly depth: DepthFacts;
}

/** How a depth map was made. */
export interface DepthFacts {
  /** Name of the model; empty where none has made it. */
  readonly model: string;
  readonly notes: readonly Note[];
}

/** Rasters, and the key that says what they were made from. */
export interface KeyedRasters {
  readonly key: string;
  readonly rasters: EstimatedRasters;
}

export class UploadRasters {
  readonly #workers: StageWorkers<DepthServiceClient>;
  readonly #kept: Lru<EstimatedRasters>;
  /** By key: callers of the same photo wait for one estimate. */
  readonly #running = new Map<string, Promise<EstimatedRasters>>();

  constructor(workers: StageWorkers<DepthServiceClient>, capacityBytes: number) {
    this.#workers = workers;
    this.#kept = new Lru(capacityBytes);
  }

  /**
   * The rasters of a photo, with the depth that the spec asks for. A tenant learns nothing of
   * another's photos: each has estimates of its own. Throws the errors of a photo and of a model.
   */
  async of(tenant: string, file: UploadedFile, spec: JobSpec | undefined): Promise<KeyedRasters> {
    const header = headerOf(spec);
    const key = keyOf(tenant, file, header);
    const kept = this.#kept.get(key);
    if (kept) return { key, rasters: kept };
    const running = this.#running.get(key) ?? this.#begin(key, file, header);
    return { key, rasters: await running };
  }

  /** It goes on when its caller leaves: others may wait for it, and the next one finds it. */
  #begin(key: string, file: UploadedFile, header: EstimateDepthHeader): Promise<EstimatedRasters> {
    const signal = AbortSignal.timeout(ESTIMATE_MS);
    const estimate = this.#workers
      .withOne(key, signal, (client) => estimateDepth(client, file, header, signal))
      .catch((error) => {
        if (!signal.aborted) throw error;
        const message = `the depth of the photo was not estimated within ${ESTIMATE_MS} ms`;
        throw new DepthmeshError("SERVICE_UNAVAILABLE", message, { cause: error });
      })
      .then((rasters) => {
        this.#kept.set(key, rasters, bytesOf(rasters));
        return rasters;
      })
      .finally(() => this.#running.delete(key));
    this.#running.set(key, estimate);
    return estimate;
  }
}

const bytesOf = ({ photo, alpha, disparity }: SentRasters) =>
  photo.length + (alpha?.length ?? 0) + disparity.length;

function headerOf(spec: JobSpec | undefined): EstimateDepthHeader {
  return {
    model: spec?.model ?? "",
    format: DepthFormat.DEPTH_FORMAT_FLOAT32,
    degradePolicy: spec?.degradePolicy ?? 0,
    depth: spec?.depth,
    photoLongSidePixels: PREVIEW_SIDES.maximum,
    ...{ photoAlpha: true, edges: spec?.edges ?? 0, embeddedMap: true },
  };
}

/** A hash, because it becomes a part of the names of scenes. */
function keyOf(tenant: string, { sha256 }: UploadedFile, header: EstimateDepthHeader): string {
  const { model, degradePolicy, depth, edges } = header;
  const options = depth ? Buffer.from(DepthOptions.encode(depth).finish()).toString("base64") : "";
  const parts = [tenant, sha256, model, degradePolicy, options, edges];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

async function estimateDepth(
  client: DepthServiceClient,
  file: UploadedFile,
  header: EstimateDepthHeader,
  signal: AbortSignal,
): Promise<EstimatedRasters> {
  const call = client.estimateDepth(outgoingMetadata());
  const sent = sendRequests(call, requestsOf(file, header));
  let unreadable: unknown;
  // A worker that refuses early ends the call; the reader below gets that error.
  sent.catch((error) => {
    unreadable = error;
    call.cancel();
  });
  try {
    return await collectRasters(readStream<EstimateDepthResponse>(call, signal));
  } catch (error) {
    throw unreadable ?? error;
  }
}

async function* requestsOf(
  file: UploadedFile,
  header: EstimateDepthHeader,
): AsyncGenerator<EstimateDepthRequest> {
  yield { kind: { $case: "header", value: header } };
  for await (const part of file.chunks()) {
    for (const value of chunksOf(part)) yield { kind: { $case: "chunk", value } };
  }
}

async function collectRasters(
  responses: AsyncIterable<EstimateDepthResponse>,
): Promise<EstimatedRasters> {
  let info: DepthMapInfo | undefined;
  const map: Uint8Array[] = [];
  const photo: Uint8Array[] = [];
  const alpha: Uint8Array[] = [];
  for await (const { kind } of responses) {
    if (kind?.$case === "info") info = kind.value;
    else if (kind?.$case === "chunk") map.push(kind.value);
    else if (kind?.$case === "photoChunk") photo.push(kind.value);
    else if (kind?.$case === "alphaChunk") alpha.push(kind.value);
  }
  const {
    width = 0,
    height = 0,
    photoWidth = 0,
    photoHeight = 0,
    model = "",
    notes = [],
  } = info ?? {};
  const rasters = {
    photo: Buffer.concat(photo),
    photoSize: { width: photoWidth, height: photoHeight },
    alpha: alpha.length > 0 ? Buffer.concat(alpha) : undefined,
    disparity: samplesOf(Buffer.concat(map)),
    disparitySize: { width, height },
    depth: { model, notes },
  };
  const isWhole =
    rasters.photo.length === 3 * photoWidth * photoHeight &&
    (rasters.alpha?.length ?? photoWidth * photoHeight) === photoWidth * photoHeight &&
    rasters.disparity.length === 2 * width * height &&
    photo.length > 0;
  if (isWhole) return rasters;
  throw new DepthmeshError("INTERNAL", "the depth worker did not send the photo and its map");
}

/** Float32 in [0, 1] as 16-bit samples, little endian both. */
function samplesOf(floats: Buffer): Uint8Array {
  const samples = Buffer.alloc(floats.length / 2);
  for (let i = 0; i < floats.length / 4; i++) {
    const value = Math.round(65_535 * floats.readFloatLE(4 * i));
    samples.writeUInt16LE(Math.min(65_535, Math.max(0, value)), 2 * i);
  }
  return samples;
}
