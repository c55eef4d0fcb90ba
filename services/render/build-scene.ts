/** From a spec and its rasters to a scene that frames and stills are drawn of. */

import { DepthmeshError } from "../../core/errors.js";
import { clipLayout, type Size } from "../../core/geometry/size.js";
import { clipFrames } from "../../core/geometry/timing.js";
import { framePath, frameState } from "../../core/scene/frame-path.js";
import type { FrameState } from "../../core/scene/frame-state.js";
import { sceneGeometry } from "../../core/scene/geometry.js";
import type { Quality } from "../../core/scene/quality.js";
import type { JobSpec } from "../../core/spec/spec.js";
import type { DepthOutput } from "../../core/spec/stage-output.js";
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

const framesOf = ({ clip }: JobSpec) => clipFrames(clip.durationSeconds, clip.frameRate);

/** State at a moment of the clip: τ in [0, 1] is a fraction of its length, and its frame i of N stands at i / N. */
function stateAt(spec: JobSpec, tau: number): FrameState {
  const frames = framesOf(spec);
  return frameState(spec, frames, tau * frames);
}

/** The picture of a moment: with the grain of the frame that is shown then. */
export function stillAt(scene: RenderScene, spec: JobSpec, tau: number): Promise<Picture> {
  return scene.still(stateAt(spec, tau), Math.floor(tau * framesOf(spec)));
}

/** States of all frames. */
export function clipPath(spec: JobSpec): FrameState[] {
  return framePath(spec, framesOf(spec));
}

/** Moments that a clip of fewer frames is looked at besides them. */
const COVERED_MOMENTS = 64;

/** All frames, moments between few frames, and those at which a still is asked for. */
function coveringStates(spec: JobSpec, taus: readonly number[]): FrameState[] {
  const path = clipPath(spec);
  const between =
    path.length < COVERED_MOMENTS
      ? Array.from({ length: COVERED_MOMENTS + 1 }, (_, i) => i / COVERED_MOMENTS)
      : [];
  return [...path, ...[...between, ...taus].map((tau) => stateAt(spec, tau))];
}

/**
 * What the renderer opens. It depends on the clip as a whole, so that a still is the frame of its moment whoever asks
 * for it. `quality` is for specs that name none; `taus` are the moments of stills.
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

/** Little endian 16-bit samples: a view where the bytes are aligned, else a copy. */
export function uint16View(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
}

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
