/** From a spec and its rasters to a scene that frames and stills are drawn of. */
import { clipSize, type Size } from "../../core/clip/size.js";
import { clipFrames } from "../../core/clip/timing.js";
import type { JobSpec } from "../../core/job/spec.js";
import { photoHalfSides, visibleCopies } from "../../core/scene/extent.js";
import { type FrameState, withoutEffects } from "../../core/scene/frame-state.js";
import { cameraAt } from "../../core/scene/presets.js";
import { detailOf, type Quality } from "../../core/scene/quality.js";
import type { SceneData } from "./gl/protocol.js";

export interface SceneSource {
  readonly spec: JobSpec;
  /** RGB interleaved, [height, width, 3]. */
  readonly photo: Uint8Array;
  readonly photoSize: Size;
  /** [height, width], 65535 nearest. */
  readonly disparity: Uint16Array;
  readonly disparitySize: Size;
}

/** State at a moment of the clip: τ in [0, 1] is a fraction of its length. */
export function stateAt({ camera }: JobSpec, tau: number): FrameState {
  const [state] = withoutEffects([cameraAt(camera, tau)]);
  if (!state) throw new Error("a moment without a state");
  return state;
}

/** States of all frames: frame i of N stands at τ = i / N. */
export function clipPath(spec: JobSpec): FrameState[] {
  const frames = clipFrames(spec.clip.durationSeconds, spec.clip.frameRate);
  return Array.from({ length: frames }, (_, frame) => stateAt(spec, frame / frames));
}

/** Moments that a clip of fewer frames is looked at besides them. */
const COVERED_MOMENTS = 64;

/** States close enough to one another that what all of them show is what any moment of the clip shows. */
function coveringStates(spec: JobSpec): FrameState[] {
  const path = clipPath(spec);
  if (path.length >= COVERED_MOMENTS) return path;
  const between = Array.from({ length: COVERED_MOMENTS + 1 }, (_, i) =>
    stateAt(spec, i / COVERED_MOMENTS),
  );
  return [...path, ...between];
}

/**
 * What the renderer opens. It depends on the clip as a whole, so that a still is the frame of its moment whoever asks
 * for it. `quality` is for specs that name none.
 */
export function sceneData(
  { spec, photo, photoSize, disparity, disparitySize }: SceneSource,
  quality: Quality,
): SceneData {
  const frame = clipSize(spec.clip, photoSize);
  const aspect = frame.width / frame.height;
  const halfSides = photoHalfSides(photoSize, aspect);
  const cameras = coveringStates(spec).map(({ camera }) => camera);
  return {
    photo,
    photoSize,
    disparity,
    disparitySize,
    frame,
    halfSides,
    copies: visibleCopies(cameras, aspect, halfSides),
    detail: detailOf(quality, cameras, frame),
  };
}
