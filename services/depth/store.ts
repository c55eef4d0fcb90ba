/** What the depth stage leaves in the blob store. */
import type { Size } from "../../core/geometry/size.js";
import type { JobSpec } from "../../core/spec/spec.js";
import type { DepthOutput, RasterRef } from "../../core/spec/stage-output.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { ArtifactRecord } from "../../pipeline/record/record.js";
import type { StageWork } from "../../pipeline/worker/stage-worker.js";
import type { DecodedPhoto } from "./decode/request.js";
import { encodeDepthPng } from "./map-png.js";
import type { Refined } from "./pixels/protocol.js";
import { depthThumbnail } from "./thumbnail.js";

const writerOf = ({ record, lease }: StageWork) => ({ job: record.id, token: lease.token });

/** Photo and map as raw rasters, and the map at a glance. */
export async function storeMap(
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

/** The files that the spec asks for, made from the stored map. */
export async function storeArtifacts(
  blobs: RemoteBlobs,
  work: StageWork,
  spec: JobSpec,
  disparity: RasterRef,
): Promise<ArtifactRecord[]> {
  if (!spec.artifacts.includes("depth")) return [];
  return inSpan("store depth.png", {}, async () => {
    const { signal } = work.lease;
    const samples = new Uint8Array(await blobs.read(disparity.sha256, signal));
    const png = await encodeDepthPng(new Uint16Array(samples.buffer), disparity);
    const { sha256, sizeBytes } = await blobs.write(writerOf(work), png, signal);
    const { width, height } = disparity;
    return [
      { name: "depth.png", mediaType: "image/png", sizeBytes, sha256, width, height, frames: 0 },
    ];
  });
}

function raster(sha256: string, { width, height }: Size): RasterRef {
  return { sha256, width, height };
}
