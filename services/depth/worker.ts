/** The order handler: decode, infer, refine, store, commit. */
import type { Size } from "../../core/clip/size.js";
import { clipSize } from "../../core/clip/size.js";
import type { JobSpec } from "../../core/job/spec.js";
import type { DepthOutput } from "../../core/job/stage-output.js";
import { textureSize } from "../../core/scene/extent.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import type { BlobFacts } from "../../kit/blobs/store.js";
import type { ArtifactRecord, Json } from "../../kit/jobs/record.js";
import type { StageWork } from "../../kit/jobs/stage-worker.js";
import type { ServiceContext } from "../../kit/service.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { DepthConfig } from "./config.js";
import { type DecodedPhoto, decodePhoto, encodeDepthPng } from "./decode.js";
import { type DepthMap, estimateMap } from "./estimate.js";
import type { DepthEngine } from "./inference/engine.js";
import type { PixelThread } from "./pixels/pixel-thread.js";

export interface DepthWorkerParts {
  readonly context: ServiceContext<DepthConfig>;
  readonly blobs: RemoteBlobs;
  readonly engine: DepthEngine;
  readonly pixels: PixelThread;
}

export async function handleDepth(parts: DepthWorkerParts, work: StageWork): Promise<void> {
  const { record, lease } = work;
  const { signal } = lease;
  const { maxPixels } = parts.context.config;
  const [specBytes, photoBytes] = await inSpan("pull", {}, () =>
    Promise.all([
      parts.blobs.read(record.specBlob, signal),
      parts.blobs.read(record.photoBlob, signal),
    ]),
  );
  const spec = JSON.parse(Buffer.from(specBytes).toString()) as JobSpec;
  lease.report(0.1);
  const photo = await inSpan("decode", {}, () =>
    decodePhoto(photoBytes, maxPixels, (upright) =>
      textureSize(clipSize(spec.clip, upright), upright),
    ),
  );
  signal.throwIfAborted();
  lease.report(0.3);
  const { model, degradePolicy } = spec;
  const map = await estimateMap(parts, photo, {
    ...{ model, degradePolicy, signal },
    onProgress: (fraction) => lease.report(0.3 + 0.6 * fraction),
  });
  lease.report(0.9);
  await inSpan("store", {}, () => store(parts, work, spec, photo, map));
}

async function store(
  { blobs }: DepthWorkerParts,
  { record, lease }: StageWork,
  spec: JobSpec,
  photo: DecodedPhoto,
  map: DepthMap,
): Promise<void> {
  const writer = { job: record.id, token: lease.token };
  const { buffer, byteOffset, byteLength } = map.disparity;
  const disparityBytes = new Uint8Array(buffer, byteOffset, byteLength);
  const [photoBlob, disparityBlob, artifacts] = await Promise.all([
    blobs.write(writer, photo.rgb, lease.signal),
    blobs.write(writer, disparityBytes, lease.signal),
    storeArtifacts(blobs, writer, spec, map, lease.signal),
  ]);
  const output: DepthOutput = {
    photo: raster(photoBlob, photo),
    disparity: raster(disparityBlob, map),
    source: map.source,
  };
  await lease.commit({ output: output as unknown as Json, artifacts });
}

async function storeArtifacts(
  blobs: RemoteBlobs,
  writer: { job: string; token: string },
  spec: JobSpec,
  map: DepthMap,
  signal: AbortSignal,
): Promise<ArtifactRecord[]> {
  if (!spec.artifacts.includes("depth")) return [];
  const png = await encodeDepthPng(map.disparity, map);
  const { sha256, sizeBytes } = await blobs.write(writer, png, signal);
  const { width, height } = map;
  return [
    { name: "depth.png", mediaType: "image/png", sizeBytes, sha256, width, height, frames: 0 },
  ];
}

function raster({ sha256 }: BlobFacts, { width, height }: Size) {
  return { sha256, width, height };
}
