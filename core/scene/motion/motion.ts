/** One parameter's own motion, over what the preset and the caller's values make of it. */
import { type Component, composed } from "./components.js";
import { type Keyframe, keyframeValue } from "./keyframes.js";

export type Motion = {
  /** Path of the parameter in a job's specification, such as `camera.height`. */
  readonly parameter: string;
} & (
  | { readonly kind: "components"; readonly components: readonly Component[] }
  | { readonly kind: "keyframes"; readonly keyframes: readonly Keyframe[] }
  /** One value a frame of the clip, whatever the loop mode. */
  | { readonly kind: "values"; readonly values: readonly number[] }
);

/** Where in a clip a value is asked for. */
export interface Moment {
  /** Position in the motion, [0, 1]. */
  readonly tau: number;
  /** Number of the frame, from 0; between two frames their values are blended. */
  readonly frame: number;
}

/** The parameter's value at a moment; `below` is what it would be without this motion. */
export function movedValue(motion: Motion, below: number, { tau, frame }: Moment): number {
  switch (motion.kind) {
    case "components":
      return composed(motion.components, below, tau);
    case "keyframes":
      return keyframeValue(motion.keyframes, tau);
    case "values": {
      const { values } = motion;
      const index = Math.min(values.length - 1, Math.floor(frame));
      const [from = Number.NaN, to = from] = values.slice(index, index + 2);
      return from + (frame - index) * (to - from);
    }
  }
}
