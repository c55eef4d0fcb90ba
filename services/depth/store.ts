/** What the depth stage leaves in the blob store. */
import type { Size } from "../../core/clip/size.js";
import type { JobSpec } from "../../core/job/spec.js";
import type { RasterRef } from "../../core/job/stage-output.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import type { ArtifactRecord } from "../../kit/jobs/record.js";
import type { StageWork } from "../../kit/jobs/stage-worker.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { DecodedPhoto } from "./decode/request.js";
import { encodeDepthPng } from "./map-png.js";
import type { Refined } from "./pixels/protocol.js";

const writerOf = ({ record, lease }: StageWork) => ({ job: record.id, token: lease.token });

/** Photo and map as raw rasters. */
export async function storeMap(
  blobs: RemoteBlobs,
  work: StageWork,
  photo: DecodedPhoto,
  map: Refined,
): Promise<{ photo: RasterRef; disparity: RasterRef }> {
  const { buffer, byteOffset, byteLength } = map.disparity;
  const { signal } = work.lease;
  const [photoBlob, mapBlob] = await Promise.all([
    blobs.write(writerOf(work), photo.rgb, signal),
    blobs.write(writerOf(work), new Uint8Array(buffer, byteOffset, byteLength), signal),
  ]);
  return { photo: raster(photoBlob.sha256, photo), disparity: raster(mapBlob.sha256, map) };
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
