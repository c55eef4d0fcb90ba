/** The order handler: decode, infer, refine, store, commit. */
import type { Size } from "../../core/clip/size.js";
import { clipSize } from "../../core/clip/size.js";
import { clipFrames } from "../../core/clip/timing.js";
import type { JobSpec } from "../../core/job/spec.js";
import type { DepthOutput } from "../../core/job/stage-output.js";
import { magnification, textureSize } from "../../core/scene/extent.js";
import { framePath } from "../../core/scene/frame-path.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import type { BlobFacts } from "../../kit/blobs/store.js";
import type { ArtifactRecord, Json } from "../../kit/jobs/record.js";
import type { StageWork } from "../../kit/jobs/stage-worker.js";
import type { ServiceContext } from "../../kit/service.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { DepthConfig } from "./config.js";
import { type DecodedPhoto, decodePhoto, encodeDepthPng } from "./decode.js";
import type { PixelThread } from "./pixels/pixel-thread.js";
import type { Refined } from "./pixels/protocol.js";
import type { ModelLibrary } from "./session.js";
import { depthThumbnail } from "./thumbnail.js";

export interface DepthWorkerParts {
  readonly context: ServiceContext<DepthConfig>;
  readonly blobs: RemoteBlobs;
  readonly models: ModelLibrary;
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
  const frames = clipFrames(spec.clip.durationSeconds, spec.clip.frameRate);
  const closest = magnification(framePath(spec, frames).map(({ camera }) => camera));
  const photo = await inSpan("decode", {}, () =>
    decodePhoto(photoBytes, maxPixels, (upright) =>
      textureSize(clipSize(spec.clip, upright), upright, closest),
    ),
  );
  signal.throwIfAborted();
  lease.report(0.3);
  const map = await estimate(parts, spec.model, photo, work);
  lease.report(0.9);
  await inSpan("store", {}, () => store(parts, work, spec, photo, map));
}

/** Model first on the photo, then on its mirror image; a cancel is looked at between native calls. */
async function estimate(
  { models, pixels, context }: DepthWorkerParts,
  modelName: string,
  photo: DecodedPhoto,
  { lease }: StageWork,
): Promise<Refined> {
  const model = await models.load(modelName);
  const { longSidePixels, multiple, mean, std } = model.entry.input;
  const { rgb } = photo;
  const size = { width: photo.width, height: photo.height };
  const { modelSize, raw, rawMirrored } = await inSpan("infer", {}, async () => {
    const prepared = await pixels.prepare({
      rgb,
      photo: size,
      rule: { longSidePixels, multiple },
      normalisation: { mean, std },
    });
    const raw = await model.infer(prepared.tensor, prepared.modelSize);
    lease.signal.throwIfAborted();
    const rawMirrored = await model.infer(prepared.mirroredTensor, prepared.modelSize);
    return { modelSize: prepared.modelSize, raw, rawMirrored };
  });
  lease.signal.throwIfAborted();
  lease.report(0.6);
  const task = { rgb, photo: size, raw, rawMirrored, modelSize };
  const refined = await inSpan("refine", {}, () =>
    pixels.refine({ ...task, longSidePixels: context.config.disparitySide }),
  );
  lease.signal.throwIfAborted();
  return refined;
}

async function store(
  { blobs }: DepthWorkerParts,
  { record, lease }: StageWork,
  spec: JobSpec,
  photo: DecodedPhoto,
  map: Refined,
): Promise<void> {
  const writer = { job: record.id, token: lease.token };
  const { buffer, byteOffset, byteLength } = map.disparity;
  const disparityBytes = new Uint8Array(buffer, byteOffset, byteLength);
  const thumbnail = await depthThumbnail(map.disparity, map);
  const [photoBlob, disparityBlob, thumbnailBlob, artifacts] = await Promise.all([
    blobs.write(writer, photo.rgb, lease.signal),
    blobs.write(writer, disparityBytes, lease.signal),
    blobs.write(writer, thumbnail.png, lease.signal),
    storeArtifacts(blobs, writer, spec, map, lease.signal),
  ]);
  const output: DepthOutput = {
    photo: raster(photoBlob, photo),
    disparity: raster(disparityBlob, map),
    thumbnail: raster(thumbnailBlob, thumbnail),
  };
  await lease.commit({ output: output as unknown as Json, artifacts });
}

async function storeArtifacts(
  blobs: RemoteBlobs,
  writer: { job: string; token: string },
  spec: JobSpec,
  map: Refined,
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
