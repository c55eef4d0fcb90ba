/** Reads what the scene of a job is made of. */
import { DepthmeshError } from "../../core/errors.js";
import {
  type SceneRasters,
  type SceneSource,
  sceneSource,
  withSpec,
} from "../../core/scene/clip/clip-scene.js";
import { type DepthOutput, depthOutputOf } from "../../core/spec/stage-output.js";
import { readSpec } from "../../core/spec/stored-spec.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import type { JobRecord } from "../../pipeline/record/record.js";

/**
 * Reads the spec and the rasters of a job from the blob store. Throws JOB_NOT_READY before depth is
 * done, BLOB_NOT_FOUND when a blob is gone, CAMERA_LIMIT_EXCEEDED.
 */
export async function readJobSource(
  blobs: RemoteBlobs,
  record: JobRecord,
  signal: AbortSignal,
): Promise<SceneSource> {
  const depth = depthOf(record);
  const [specBytes, rasters] = await Promise.all([
    blobs.read(record.specBlob, signal),
    readRasters(blobs, depth, signal),
  ]);
  return sceneSource(withSpec(rasters, readSpec(specBytes)));
}

/** What a job's depth stage has made. Throws JOB_NOT_READY before it is done. */
export function depthOf({ state, stages }: JobRecord): DepthOutput {
  const { done, output } = stages.depth;
  if (done) return depthOutputOf(output);
  throw new DepthmeshError("JOB_NOT_READY", "the job has no depth map yet", {
    metadata: { state },
  });
}

/** Throws BLOB_NOT_FOUND when a blob is gone. */
export async function readRasters(
  blobs: RemoteBlobs,
  { photo, disparity, alpha }: Pick<DepthOutput, "photo" | "disparity" | "alpha">,
  signal: AbortSignal,
): Promise<SceneRasters> {
  const [photoBytes, disparityBytes, alphaBytes] = await Promise.all([
    blobs.read(photo.sha256, signal),
    blobs.read(disparity.sha256, signal),
    alpha ? blobs.read(alpha.sha256, signal) : undefined,
  ]);
  return {
    photo: photoBytes,
    photoSize: photo,
    alpha: alphaBytes,
    disparity: uint16View(disparityBytes),
    disparitySize: disparity,
  };
}

/** Little endian 16-bit samples: a view where the bytes are aligned, else a copy. */
export function uint16View(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
}
