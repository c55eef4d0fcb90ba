/**
 * Builds the scene that frames and stills are drawn from: reads a job's spec and rasters, derives
 * the camera path of the clip, and chooses the geometry that covers it.
 */
import { DepthmeshError } from "../../core/errors.js";
import { clipLayout, type Size } from "../../core/geometry/size.js";
import { clipFrames } from "../../core/geometry/timing.js";
import { framePath, frameState } from "../../core/scene/frame-path.js";
import type { FrameState } from "../../core/scene/frame-state.js";
import { sceneGeometry } from "../../core/scene/geometry.js";
import type { Quality } from "../../core/scene/quality.js";
import type { JobSpec } from "../../core/spec/spec.js";
import { depthOutputOf } from "../../core/spec/stage-output.js";
import { readSpec } from "../../core/spec/stored-spec.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import type { JobRecord } from "../../pipeline/record/record.js";
import type { SceneData } from "./gl/protocol.js";
import type { Picture, RenderScene } from "./renderer.js";

export interface SceneSource {
  readonly spec: JobSpec;
  /** RGB interleaved, [height, width, 3]. */
  readonly photo: Uint8Array;
  readonly photoSize: Size;
  /** [height, width], 65535 nearest. */
  readonly disparity: Uint16Array;
  readonly disparitySize: Size;
}

/**
 * Reads the spec and the rasters of a job from the blob store. Throws JOB_NOT_READY before depth is
 * done, BLOB_NOT_FOUND when a blob is gone.
 */
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
  const { photo, disparity } = depthOutputOf(output);
  const [specBytes, photoBytes, disparityBytes] = await Promise.all([
    blobs.read(record.specBlob, signal),
    blobs.read(photo.sha256, signal),
    blobs.read(disparity.sha256, signal),
  ]);
  return {
    spec: readSpec(specBytes),
    photo: photoBytes,
    photoSize: photo,
    disparity: uint16View(disparityBytes),
    disparitySize: disparity,
  };
}

/** Little endian 16-bit samples: a view where the bytes are aligned, else a copy. */
export function uint16View(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
}

const framesOf = ({ clip }: JobSpec) => clipFrames(clip.durationSeconds, clip.frameRate);

/** The states of all frames of the clip. */
export function clipPath(spec: JobSpec): FrameState[] {
  return framePath(spec, framesOf(spec));
}

/** The state at `tau`, a fraction of the clip in [0, 1]; frame i of N is at i / N. */
function stateAt(spec: JobSpec, tau: number): FrameState {
  const frames = framesOf(spec);
  return frameState(spec, frames, tau * frames);
}

/** Draws the picture at `tau`, with the grain of the frame that the clip shows at that moment. */
export function stillAt(scene: RenderScene, spec: JobSpec, tau: number): Promise<Picture> {
  return scene.still(stateAt(spec, tau), Math.floor(tau * framesOf(spec)));
}

/** A clip with fewer frames than this is also sampled at this many evenly spaced moments. */
const COVERED_MOMENTS = 64;

/**
 * The states that the geometry must cover: all frames, moments between them where they are few, and
 * the stills.
 */
function coveringStates(spec: JobSpec, taus: readonly number[]): FrameState[] {
  const path = clipPath(spec);
  const between =
    path.length < COVERED_MOMENTS
      ? Array.from({ length: COVERED_MOMENTS + 1 }, (_, i) => i / COVERED_MOMENTS)
      : [];
  return [...path, ...[...between, ...taus].map((tau) => stateAt(spec, tau))];
}

/**
 * The scene as the renderer opens it. It depends on the clip as a whole, so that a still equals the
 * frame of its moment whether a job or a RenderStill call draws it. `quality` is used where the
 * spec names none; `taus` are the moments of the stills.
 */
export function sceneData(
  { spec, photo, photoSize, disparity, disparitySize }: SceneSource,
  quality: Quality,
  taus: readonly number[],
): SceneData {
  const { frame, picture } = clipLayout(spec.clip, photoSize);
  const { ssaa } = spec.clip;
  const sizes = { photo: photoSize, disparity: disparitySize, frame: picture, ssaa };
  const cameras = coveringStates(spec, taus).map(({ camera }) => camera);
  return {
    photo,
    photoSize,
    disparity,
    disparitySize,
    frame,
    picture,
    ssaa,
    seed: spec.seed,
    geometry: sceneGeometry(sizes, cameras, spec.quality ?? quality),
  };
}
