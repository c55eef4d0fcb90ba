/**
 * What the page draws of a photo and a specification: the clip of its movement, and the camera that
 * the pointer moves. One scene has the meshes of both, so that the page goes from one to the other
 * without building anything.
 */
import { atSize, sessionSpec } from "../../../../core/preview/preview-spec.js";
import { sessionState } from "../../../../core/preview/session-camera.js";
import type { CameraState } from "../../../../core/scene/camera.js";
import {
  type Rasters,
  type SceneRasters,
  type SceneSource,
  sceneDataFor,
  sceneSource,
  withSpec,
} from "../../../../core/scene/clip/clip-scene.js";
import { coveringStates, framesOf, stateAt } from "../../../../core/scene/clip/clip-states.js";
import type { SceneData } from "../../../../core/scene/clip/scene-data.js";
import type { FrameState } from "../../../../core/scene/frame-state.js";
import type { Quality } from "../../../../core/scene/quality.js";
import type { JobSpec } from "../../../../core/spec/spec.js";

/** How the page draws, whatever the specification says. */
export interface LiveOptions {
  /** Longest side of the picture in pixels. */
  readonly longestSide: number;
  /** Where the specification names none. */
  readonly quality: Quality;
  /** Whether pixels have as many samples as the specification says, which cost their number. */
  readonly supersampled: boolean;
}

export interface LivePlan {
  /** The clip, with the camera that the photo allows. */
  readonly clip: SceneSource;
  /** The state from which the pointer moves the camera. */
  readonly base: FrameState;
  readonly data: SceneData;
}

/** Throws CAMERA_LIMIT_EXCEEDED where the specification is strict. */
export function livePlan(rasters: SceneRasters, spec: JobSpec, options: LiveOptions): LivePlan {
  const { longestSide, quality, supersampled } = options;
  const sized = atSize(spec, rasters.photoSize, longestSide);
  const clipSpec = supersampled ? sized.clip : { ...sized.clip, ssaa: 1 as const };
  const drawn: Rasters = withSpec(rasters, { ...sized, clip: clipSpec });
  const clip = sceneSource(drawn);
  const base = stateAt(sceneSource({ ...drawn, spec: sessionSpec(drawn.spec) }), 0);
  const states = coveringStates(clip, []).map(({ camera }) => camera);
  return { clip, base, data: sceneDataFor(clip, quality, [...states, ...lookCorners(base)]) };
}

/**
 * The same scene as soon as it can be shown: one coarse surface that is stretched over edges, which
 * is built in a tenth of the time.
 */
export function draft(data: SceneData): SceneData {
  const { geometry, photoSize } = data;
  const detail = { ...geometry.detail, dearest: "none" as const };
  return { ...data, geometry: { ...geometry, detail, reach: undefined, texture: photoSize } };
}

/** The state of a pointer at x to the right and y upwards, each in [−1, 1]. */
export function lookState(base: FrameState, x: number, y: number): FrameState {
  return sessionState(base, { x, y, dolly: base.camera.dolly });
}

/** All states of the pointer lie between these. */
function lookCorners(base: FrameState): CameraState[] {
  const ends = [-1, 0, 1];
  return ends.flatMap((x) => ends.map((y) => lookState(base, x, y).camera));
}

/** A frame that the page can show: its state, and its number in the clip. */
export interface LiveFrame {
  readonly state: FrameState;
  readonly frame: number;
}

/** The frame that the clip shows at `tau`, in [0, 1]. */
export function clipFrame(clip: SceneSource, tau: number): LiveFrame {
  return { state: stateAt(clip, tau), frame: Math.floor(tau * framesOf(clip.spec)) };
}
