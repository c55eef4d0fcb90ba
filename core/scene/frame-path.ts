/**
 * Computes the states of a clip's frames: the preset first, then the caller's values, then the
 * motions.
 */
import type { Vec2 } from "./camera.js";
import type { FrameState } from "./frame-state.js";
import { readState, type StateValues, withState } from "./frame-state.js";
import { type Loop, type LoopMode, loopTau } from "./loop.js";
import { type Moment, type Motion, movedValue } from "./motion.js";
import { type PathSpec, PRESETS } from "./presets.js";

export interface FramePathSpec {
  readonly camera: PathSpec & {
    readonly loop: LoopMode;
    /** How long a clip with `once` stays at its first and at its last state. */
    readonly holdStartSeconds: number;
    readonly holdEndSeconds: number;
  };
  readonly clip: { readonly durationSeconds: number };
  /** The values that the caller set for the whole clip. */
  readonly values: StateValues;
  /** In the order in which they are applied. */
  readonly motions: readonly Motion[];
}

/** States of all frames of a clip. */
export function framePath(spec: FramePathSpec, frames: number): FrameState[] {
  return Array.from({ length: frames }, (_, frame) => frameState(spec, frames, frame));
}

/** State at a frame of a clip, from 0. `frame` may lie between two frames. */
export function frameState(spec: FramePathSpec, frames: number, frame: number): FrameState {
  const { preset, intensity, phaseTurns, subject } = spec.camera;
  const tau = loopTau(loopOf(spec.camera, spec.clip.durationSeconds, frames), frames, frame);
  const moment: Moment = { tau, frame };
  let state = PRESETS[preset].state(tau + phaseTurns, intensity, {
    target: targetOf(spec.values),
    ...(subject !== undefined && { subject }),
  });
  for (const [path, value] of Object.entries(spec.values)) state = withState(state, path, value);
  for (const motion of spec.motions) {
    const below = Number(readState(state, motion.parameter));
    state = withState(state, motion.parameter, movedValue(motion, below, moment));
  }
  return state;
}

/** The target that the caller set for the whole clip. */
function targetOf(values: StateValues): Vec2 {
  const at = (axis: "x" | "y") => Number(values[`camera.target.${axis}`] ?? 0);
  return { x: at("x"), y: at("y") };
}

/** The loop of a clip, with its holds in whole frames. */
export function loopOf(
  { loop, holdStartSeconds, holdEndSeconds }: FramePathSpec["camera"],
  durationSeconds: number,
  frames: number,
): Loop {
  const framesIn = (seconds: number) => Math.round((frames * seconds) / durationSeconds);
  return {
    mode: loop,
    holdStartFrames: framesIn(holdStartSeconds),
    holdEndFrames: framesIn(holdEndSeconds),
  };
}
