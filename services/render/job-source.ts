/** The inputs of a job's scene: its spec and the rasters that depth has left, from the blob store. */

import { DepthmeshError } from "../../core/errors.js";
import type { JobSpec } from "../../core/spec/spec.js";
import type { DepthOutput } from "../../core/spec/stage-output.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import type { JobRecord } from "../../pipeline/record/record.js";
import type { SceneSource } from "./build-scene.js";
import { uint16View } from "./samples.js";

/** Throws JOB_NOT_READY before depth is done, BLOB_NOT_FOUND when the blobs are gone. */
export async function readJobSource(
  blobs: RemoteBlobs,
  record: JobRecord,
  signal: AbortSignal,
): Promise<SceneSource> {
  const { done, output } = record.stages.depth;
  if (!done) {
    throw new DepthmeshError("JOB_NOT_READY", "the job has no depth map yet", {
      metadata: { state: record.state },
    });
  }
  const { photo, disparity } = output as unknown as DepthOutput;
  const [specBytes, photoBytes, disparityBytes] = await Promise.all([
    blobs.read(record.specBlob, signal),
    blobs.read(photo.sha256, signal),
    blobs.read(disparity.sha256, signal),
  ]);
  return {
    spec: JSON.parse(Buffer.from(specBytes).toString()) as JobSpec,
    photo: photoBytes,
    photoSize: photo,
    disparity: uint16View(disparityBytes),
    disparitySize: disparity,
  };
}
