/**
 * Loop modes: how the frames of a clip pass through τ, the position in a camera's motion from 0 to
 * 1.
 */

/**
 * `loop`: frame i of N is at τ = i / N, and frame N would equal frame 0. `ping-pong`: forwards and
 * backwards within the clip, with τ = 1 in the middle, and frame N would equal frame 0. `once`:
 * from τ = 0 to τ = 1 with a hold at both ends; the clip does not loop seamlessly.
 */
export const LOOP_MODES = ["loop", "ping-pong", "once"] as const;
export type LoopMode = (typeof LOOP_MODES)[number];

export interface Loop {
  readonly mode: LoopMode;
  /** Frames before and after the movement of `once` that repeat its first and its last state. */
  readonly holdStartFrames: number;
  readonly holdEndFrames: number;
}

export const NO_HOLD = { holdStartFrames: 0, holdEndFrames: 0 } as const;

/** Number of moving frames of a clip with `once`; the first is at τ = 0, the last at τ = 1. */
export function movingFrames({ holdStartFrames, holdEndFrames }: Loop, frames: number): number {
  return frames - holdStartFrames - holdEndFrames;
}

/** τ in [0, 1] of a frame, from 0. `frame` may lie between two frames. */
export function loopTau(loop: Loop, frames: number, frame: number): number {
  const position = frame / frames;
  switch (loop.mode) {
    case "loop":
      return position;
    case "ping-pong":
      return 1 - Math.abs(1 - 2 * position);
    case "once": {
      const steps = Math.max(1, movingFrames(loop, frames) - 1);
      return Math.min(1, Math.max(0, (frame - loop.holdStartFrames) / steps));
    }
  }
}
