/**
 * The states that the clip of a photo is drawn from: the path of its specification, as strong as
 * the photo allows, and aimed at the camera's target within it.
 */
import type { Size } from "../../geometry/size.js";
import { clipFrames } from "../../geometry/timing.js";
import type { JobSpec } from "../../spec/spec.js";
import { type Aim, aimAlong } from "../aim.js";
import { frameState } from "../frame-path.js";
import type { FrameState } from "../frame-state.js";
import { photoHalfSides } from "../geometry.js";
import { withStrength } from "../limits/limited-path.js";
import { stereoFrame } from "../stereo/layout.js";

/** What the photo decides about the camera of its clip. */
export interface ClipCamera {
  /** Part of the requested depth that the camera has, [0, 1]. */
  readonly strength: number;
  /** Disparity of the photo's subject, as the camera sees it, where the preset asks for it. */
  readonly subject?: number;
}

export const FULL_STRENGTH: ClipCamera = { strength: 1 };

/** What the states of a clip depend on. */
export interface ClipSource {
  readonly spec: JobSpec;
  readonly photoSize: Size;
  /** `limitCamera` decides it. */
  readonly camera: ClipCamera;
}

/** Evenly spaced moments of a clip that show the extremes of its path. */
const MOMENTS = 64;
const SAMPLED_TAUS = Array.from({ length: MOMENTS + 1 }, (_, i) => i / MOMENTS);

/** The frames of the clip. */
export const framesOf = ({ clip }: JobSpec) => clipFrames(clip.durationSeconds, clip.frameRate);

/** The states of all frames of the clip. */
export function clipPath(source: ClipSource): FrameState[] {
  const frames = framesOf(source.spec);
  const aim = aimOf(source);
  return Array.from({ length: frames }, (_, frame) => aimedState(source, aim, frame));
}

/** The state at `tau`, a fraction of the clip in [0, 1]; frame i of N is at i / N. */
export function stateAt(source: ClipSource, tau: number): FrameState {
  return aimedState(source, aimOf(source), tau * framesOf(source.spec));
}

/**
 * The states that the geometry must cover: all frames, moments between them where they are few, and
 * the stills at `taus`.
 */
export function coveringStates(source: ClipSource, taus: readonly number[]): FrameState[] {
  const path = clipPath(source);
  const aim = aimOf(source);
  const between = path.length < MOMENTS ? SAMPLED_TAUS : [];
  const moments = [...between, ...taus].map((tau) => aimedState(source, aim, tau * path.length));
  return [...path, ...moments];
}

function aimedState(source: ClipSource, aim: Aim, frame: number): FrameState {
  const state = limitedState(source, frame);
  return { ...state, camera: aim(state.camera) };
}

function limitedState({ spec, camera }: ClipSource, frame: number): FrameState {
  const { subject } = camera;
  const path = { ...spec, camera: { ...spec.camera, ...(subject !== undefined && { subject }) } };
  const state = frameState(path, framesOf(spec), frame);
  return { ...state, camera: withStrength(state.camera, camera.strength) };
}

function aimOf(source: ClipSource): Aim {
  const { spec, photoSize } = source;
  if (!isTargeted(spec)) return (camera) => camera;
  const frames = framesOf(spec);
  const samples = SAMPLED_TAUS.map((tau) => limitedState(source, tau * frames).camera);
  const { picture } = stereoFrame(spec.clip, spec.stereo, photoSize).eye;
  const aspect = picture.width / picture.height;
  return aimAlong(samples, { aspect, halfSides: photoHalfSides(photoSize, aspect) });
}

/** Whether anything may set the camera's target, which no preset does. */
function isTargeted({ values, motions }: JobSpec): boolean {
  const names = [...Object.keys(values), ...motions.map(({ parameter }) => parameter)];
  return names.some((name) => name.startsWith("camera.target."));
}
