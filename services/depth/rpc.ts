/** The gRPC API of a depth worker: estimates a depth map without a job, and manages its models. */

import { DepthmeshError, rangeError } from "../../core/errors.js";
import { receivePhoto } from "../../core/photo/inspect.js";
import { DEFAULT_PHOTO_LIMITS } from "../../core/photo/limits.js";
import { Fields } from "../../core/spec/fields.js";
import { resolveDepth } from "../../core/spec/resolve-depth.js";
import type { DepthSpec } from "../../core/spec/spec.js";
import { Semaphore } from "../../kit/async/semaphore.js";
import { bidiStream, unary } from "../../kit/rpc/call.js";
import { chunksOf, FILE_CHUNK_BYTES } from "../../kit/rpc/chunks.js";
import { readFirst } from "../../kit/rpc/requests.js";
import { type RpcService, rpcService } from "../../kit/rpc/server.js";
import { KEEPING } from "../../kit/telemetry/kept-traces.js";
import { inSpan, SpanKind } from "../../kit/telemetry/tracing.js";
import { AUTO_MODEL } from "../../models/registry.js";
import type { PipelineContext } from "../../pipeline/topology/mesh-state.js";
import {
  DepthFormat,
  type DepthMapInfo,
  DepthServiceService,
  type EstimateDepthHeader,
  type EstimateDepthRequest,
  EstimateDepthResponse,
  type ModelStatistics,
} from "../../proto/gen/depthmesh/stage/v1/depth_service.js";
import { JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import { DEGRADE_POLICY_WORDS, EnumWords } from "../../wire/enums.js";
import { FIELD_LIMITS } from "../../wire/field-limits.js";
import { toWireModel } from "../../wire/model.js";
import { fromWireFields } from "../../wire/spec.js";
import type { DepthConfig } from "./config.js";
import type { Decoder } from "./decode/decoder.js";
import type { DecodedPhoto, PhotoRules } from "./decode/protocol.js";
import { type DepthMap, type EstimateParts, estimateMap, refineSuppliedMap } from "./depth-map.js";
import type { LoadedModel } from "./inference/loaded-model.js";
import type { OpenEngine } from "./inference/open-engine.js";
import { encodeDepthPng } from "./map-png.js";
import { suppliedMap } from "./supplied-map.js";

export interface EstimateRpcParts extends EstimateParts {
  readonly context: PipelineContext<DepthConfig>;
  readonly decoder: Decoder;
  readonly photoRules: PhotoRules;
}

export function depthServices(parts: EstimateRpcParts & OpenEngine): RpcService[] {
  const { context, registry, engine, pool, providers } = parts;
  const { stallMs, maxEstimates } = context.config;
  const timeLimits = { idleMs: stallMs, totalMs: Number.POSITIVE_INFINITY };
  const semaphore = new Semaphore("depth estimates", {
    running: maxEstimates,
    waiting: maxEstimates,
  });
  return [
    rpcService(
      DepthServiceService,
      {
        estimateDepth: bidiStream(
          (requests, { signal }) => estimateDepth(parts, semaphore, requests, signal),
          { timeLimits },
        ),
        listModels: unary(async () => ({ models: (await registry.statuses()).map(toWireModel) })),
        loadModel: unary(async ({ name }) => {
          const entry = await engine.resolve(name);
          const loading = providers.map((provider) => pool.acquire(entry, provider));
          return { models: (await Promise.all(loading)).map(toWireStatistics) };
        }),
        unloadModel: unary(({ name }) => ({ sessions: pool.unload(registry.find(name).name) })),
        getModelStatistics: unary(() => ({ models: pool.loaded.map(toWireStatistics) })),
      },
      { fieldLimits: FIELD_LIMITS, bulkResponses: { estimateDepth: EstimateDepthResponse } },
    ),
  ];
}

function toWireStatistics({ entry, provider, file, statistics }: LoadedModel): ModelStatistics {
  const { photos, runs, totalMs, maxMs, running, faults } = statistics;
  return {
    ...{ name: entry.name, provider, precision: file.precision },
    ...{ photos, runs, running, maxRunMs: maxMs, meanRunMs: runs > 0 ? totalMs / runs : 0 },
    faults: Object.fromEntries(faults),
  };
}

/**
 * The semaphore is released before the map is sent: a slow receiver must not keep others from being
 * worked on.
 */
async function* estimateDepth(
  parts: EstimateRpcParts,
  semaphore: Semaphore,
  requests: AsyncIterable<EstimateDepthRequest>,
  signal: AbortSignal,
): AsyncGenerator<EstimateDepthResponse> {
  const { info, chunks, photo, alpha } = await semaphore.pass(
    () =>
      inSpan("estimate", { kind: SpanKind.SERVER }, async (span) => {
        const estimated = await estimate(parts, requests, signal);
        span.setAttribute(KEEPING.standalone, true);
        return estimated;
      }),
    signal,
  );
  yield { kind: { $case: "info", value: info } };
  for (const chunk of chunks) yield { kind: { $case: "chunk", value: chunk } };
  for (const chunk of chunksOf(photo)) yield { kind: { $case: "photoChunk", value: chunk } };
  for (const chunk of chunksOf(alpha)) yield { kind: { $case: "alphaChunk", value: chunk } };
}

const DEPTH_FORMAT_WORDS = new EnumWords({
  png16: DepthFormat.DEPTH_FORMAT_PNG16,
  float32: DepthFormat.DEPTH_FORMAT_FLOAT32,
});

interface EncodedMap {
  readonly info: DepthMapInfo;
  readonly chunks: Iterable<Buffer>;
}

interface MapAndPhoto extends EncodedMap {
  /** Empty if it was not asked for. */
  readonly photo: Uint8Array;
  /** Empty if it was not asked for, or the photo is opaque. */
  readonly alpha: Uint8Array;
}

const NOTHING = new Uint8Array();

/** The longest side that a caller can ask the photo in. */
const MAX_PHOTO_SIDE = 4096;

async function estimate(
  parts: EstimateRpcParts,
  requests: AsyncIterable<EstimateDepthRequest>,
  signal: AbortSignal,
): Promise<MapAndPhoto> {
  const { maxUploadBytes, maxPixels } = parts.context.config;
  const messages = requests[Symbol.asyncIterator]();
  const header = await readFirst(messages, "header");
  const format = DEPTH_FORMAT_WORDS.word(header.format, "header.format") ?? "png16";
  const degradePolicy =
    DEGRADE_POLICY_WORDS.word(header.degradePolicy, "degrade_policy") ?? "allow";
  const options = resolveOptions(header);
  const longSidePixels = options.longSidePixels ?? parts.context.config.disparitySide;
  const limits = { ...DEFAULT_PHOTO_LIMITS, maxBytes: maxUploadBytes, maxPixels };
  const { bytes } = await receivePhoto(chunksIn(messages), limits);
  // Without the photo, the size at which a job that makes only a map decodes it, so that both give
  // the same map; with it, as a job decodes it whose frames need that size.
  const wanted = photoSide(header.photoLongSidePixels);
  const wantsAlpha = header.photoAlpha && wanted > 0;
  const sizes = wanted
    ? { fit: { longSidePixels: wanted }, guideLongSidePixels: longSidePixels }
    : { fit: { longSidePixels } };
  const photo = await inSpan("decode", {}, () =>
    parts.decoder.photo(bytes, { ...parts.photoRules, ...sizes, wantsAlpha }, signal),
  );
  const { model, embeddedMap } = header;
  const made =
    (embeddedMap && (await ofCamera(parts, { model, options }, { bytes, photo }, signal))) ||
    (await estimateMap(parts, photo, { model, degradePolicy, signal, postProcessing: options }));
  const map = { ...made, notes: [...photo.notes, ...made.notes] };
  const encoded = await (format === "float32" ? floatRows(map) : png(map));
  if (!wanted) return { ...encoded, photo: NOTHING, alpha: NOTHING };
  const info = { ...encoded.info, photoWidth: photo.width, photoHeight: photo.height };
  return { ...encoded, info, photo: photo.rgb, alpha: photo.alpha ?? NOTHING };
}

/** Throws PARAMETER_OUT_OF_RANGE. */
function photoSide(side: number): number {
  if (side >= 0 && side <= MAX_PHOTO_SIDE) return side;
  throw rangeError("header.photo_long_side_pixels", side, { minimum: 0, maximum: MAX_PHOTO_SIDE });
}

/** The map in the photo's file, as a job takes it; undefined where a model has to estimate one. */
async function ofCamera(
  { decoder, photoRules, pixels }: EstimateRpcParts,
  { model, options }: { readonly model: string; readonly options: DepthSpec },
  { bytes, photo }: { readonly bytes: Uint8Array; readonly photo: DecodedPhoto },
  signal: AbortSignal,
): Promise<DepthMap | undefined> {
  const spec = { model: model || AUTO_MODEL, depth: options };
  const files = { photoFile: bytes, photo, mapFile: undefined };
  const found = await inSpan("decode map", {}, () =>
    suppliedMap(decoder, spec, files, photoRules, signal),
  );
  if (!found) return undefined;
  const refine = { postProcessing: options, signal };
  const refined = await refineSuppliedMap(pixels, found.map, photo, refine);
  // No model has put anything out.
  const raw = { rawMinimum: 0, rawMaximum: 0 };
  return { ...refined, ...raw, notes: [...found.notes, ...refined.notes] };
}

/** Throws PARAMETER_OUT_OF_RANGE, and PARAMETER_CONFLICT if the caller supplies a map. */
function resolveOptions({ depth, edges }: EstimateDepthHeader): DepthSpec {
  if (!depth?.map) {
    return resolveDepth(new Fields(fromWireFields(JobSpec.fromPartial({ depth, edges }))));
  }
  throw new DepthmeshError(
    "PARAMETER_CONFLICT",
    "a depth map that you supply cannot be estimated: leave depth.map out",
    {
      metadata: { field: "depth.map" },
    },
  );
}

async function* chunksIn(
  messages: AsyncIterator<EstimateDepthRequest>,
): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { value, done } = await messages.next();
    if (done) return;
    const { kind }: EstimateDepthRequest = value;
    if (kind?.$case !== "chunk") {
      throw new DepthmeshError("PARAMETER_CONFLICT", "only chunks may follow the header", {
        metadata: { field: "chunk" },
      });
    }
    yield kind.value;
  }
}

async function png(map: DepthMap): Promise<EncodedMap> {
  const file = await encodeDepthPng(map.disparity, map);
  return {
    info: infoOf(map, DepthFormat.DEPTH_FORMAT_PNG16, file.length),
    chunks: chunksOf(file) as Iterable<Buffer>,
  };
}

function floatRows(map: DepthMap): EncodedMap {
  const sizeBytes = map.width * map.height * Float32Array.BYTES_PER_ELEMENT;
  return { info: infoOf(map, DepthFormat.DEPTH_FORMAT_FLOAT32, sizeBytes), chunks: rowsOf(map) };
}

/** Chunks of as many whole rows as fit into one message, converted while they are sent. */
function* rowsOf({ disparity, width, height }: DepthMap): Generator<Buffer> {
  const rowBytes = width * Float32Array.BYTES_PER_ELEMENT;
  const rows = Math.max(1, Math.floor(FILE_CHUNK_BYTES / rowBytes));
  for (let y = 0; y < height; y += rows) {
    const samples = disparity.subarray(y * width, Math.min(height, y + rows) * width);
    const values = Float32Array.from(samples, (sample) => sample / 65535);
    yield Buffer.from(values.buffer);
  }
}

function infoOf(map: DepthMap, format: DepthFormat, sizeBytes: number): DepthMapInfo {
  const { width, height, rawMinimum, rawMaximum, source } = map;
  const { model, modelSha256, provider } = source;
  return {
    ...{ width, height, format, sizeBytes, model, modelSha256, provider, rawMinimum, rawMaximum },
    ...{ photoWidth: 0, photoHeight: 0 },
    notes: map.notes.map((note) => ({ ...note, stage: "depth", metadata: { ...note.metadata } })),
  };
}
