/**
 * Motions: one parameter of a frame's state that changes over the clip, on top of the preset and
 * the caller's fixed values. A motion is a sum of waves, a curve through keyframes, or one value
 * per frame.
 */
export type Motion = {
  /** Path of the parameter in a job's specification, such as `camera.height`. */
  readonly parameter: string;
} & (
  | { readonly kind: "components"; readonly components: readonly Component[] }
  | { readonly kind: "keyframes"; readonly keyframes: readonly Keyframe[] }
  /** One value per frame of the clip, whatever the loop mode. */
  | { readonly kind: "values"; readonly values: readonly number[] }
);

/** A position in a clip. */
export interface Moment {
  /** Position in the motion, [0, 1]. */
  readonly tau: number;
  /** Number of the frame, from 0. Between two frames their values are interpolated. */
  readonly frame: number;
}

/** The parameter's value at a moment; `below` is its value without this motion. */
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

export const WAVE_KINDS = ["linear", "sine", "cosine", "triangle"] as const;
export type WaveKind = (typeof WAVE_KINDS)[number];
export const COMPONENT_KINDS = ["set", "add", ...WAVE_KINDS] as const;
export type ComponentKind = (typeof COMPONENT_KINDS)[number];

/** `set` replaces the value by `bias`; `add` adds it. */
export type Constant =
  | { readonly kind: "set"; readonly bias: number }
  | { readonly kind: "add"; readonly bias: number };

/** Adds bias + amplitude·wave(cycles·τ + phase). */
export interface Wave {
  readonly kind: WaveKind;
  readonly amplitude: number;
  readonly bias: number;
  /** Number of periods over the motion; a whole number loops seamlessly. */
  readonly cycles: number;
  readonly phaseTurns: number;
  /** Runs from τ = 1 to τ = 0. */
  readonly reverse: boolean;
}

export type Component = Constant | Wave;

/** Value of each wave at t turns; all but `linear` have period 1 and lie in [−1, 1]. */
export const WAVES: Readonly<Record<WaveKind, (t: number) => number>> = {
  linear: (t) => t,
  sine: (t) => Math.sin(2 * Math.PI * t),
  cosine: (t) => Math.cos(2 * Math.PI * t),
  // In phase with the sine: 0 at 0, 1 at a quarter.
  triangle: (t) => 1 - 4 * Math.abs(fraction(t + 0.25) - 0.5),
};

/** The value at τ after all components have been applied in order. */
export function composed(components: readonly Component[], below: number, tau: number): number {
  return components.reduce((value, component) => {
    if (component.kind === "set") return component.bias;
    if (component.kind === "add") return value + component.bias;
    const { kind, amplitude, bias, cycles, phaseTurns, reverse } = component;
    const along = reverse ? 1 - tau : tau;
    return value + bias + amplitude * WAVES[kind](cycles * along + phaseTurns);
  }, below);
}

function fraction(value: number): number {
  return value - Math.floor(value);
}

/**
 * `linear`: a straight line. `smooth`: a Catmull-Rom curve through every point without a kink.
 * `hold`: constant until the next point.
 */
export const EASINGS = ["linear", "smooth", "hold"] as const;
export type Easing = (typeof EASINGS)[number];

export interface Keyframe {
  /** In [0, 1]. */
  readonly tau: number;
  readonly value: number;
  /** Of the curve from this keyframe to the next. */
  readonly easing: Easing;
}

/**
 * The value at τ. There is at least one keyframe, and their τ increase. Before the first and after
 * the last the value stays. The smooth way is the cubic Hermite curve whose slopes are those of the
 * chords between the neighbors (Catmull and Rom, 1974, here for uneven steps). At an end the chord
 * is one-sided, but where the first point at τ = 0 has the value of the last at τ = 1 the curve
 * closes without a kink too.
 */
export function keyframeValue(keyframes: readonly Keyframe[], tau: number): number {
  const next = firstBeyond(keyframes, tau);
  const from = keyframes[next - 1];
  const to = keyframes[next];
  if (!from || !to) return (from ?? to)?.value ?? Number.NaN;
  const span = to.tau - from.tau;
  const x = (tau - from.tau) / span;
  switch (from.easing) {
    case "hold":
      return from.value;
    case "linear":
      return from.value + x * (to.value - from.value);
    case "smooth": {
      const [m0, m1] = [slope(keyframes, next - 1) * span, slope(keyframes, next) * span];
      const x2 = x * x;
      const x3 = x2 * x;
      return (
        (2 * x3 - 3 * x2 + 1) * from.value +
        (x3 - 2 * x2 + x) * m0 +
        (3 * x2 - 2 * x3) * to.value +
        (x3 - x2) * m1
      );
    }
  }
}

/**
 * Index of the first keyframe beyond τ, or the number of keyframes if there is none; by bisection.
 */
function firstBeyond(keyframes: readonly Keyframe[], tau: number): number {
  let low = 0;
  let high = keyframes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keyframes[middle]?.tau ?? 0) > tau) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Slope of the curve at a keyframe: the slope of the chord from the keyframe before to the one
 * after.
 */
function slope(keyframes: readonly Keyframe[], index: number): number {
  const last = keyframes.length - 1;
  const [first, end] = [keyframes[0], keyframes[last]];
  const closed = first?.tau === 0 && end?.tau === 1 && first.value === end.value;
  const at = (i: number, turns: number) => {
    const keyframe = keyframes[i];
    return keyframe && { tau: keyframe.tau + turns, value: keyframe.value };
  };
  const before = index > 0 ? at(index - 1, 0) : at(closed ? last - 1 : 0, closed ? -1 : 0);
  const after = index < last ? at(index + 1, 0) : at(closed ? 1 : last, closed ? 1 : 0);
  if (!before || !after) return 0;
  return (after.value - before.value) / (after.tau - before.tau);
}
