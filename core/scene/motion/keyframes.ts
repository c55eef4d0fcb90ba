/** A value that passes through points of the motion, with an easing after each. */

/** `linear`: straight. `smooth`: Catmull-Rom, through every point without a kink. `hold`: stays until the next point. */
export const EASINGS = ["linear", "smooth", "hold"] as const;
export type Easing = (typeof EASINGS)[number];

export interface Keyframe {
  /** In [0, 1]. */
  readonly tau: number;
  readonly value: number;
  /** Of the way from here to the next one. */
  readonly easing: Easing;
}

/**
 * Value at τ; `keyframes` are at least one, their τ increase. Before the first and after the last the value stays. The
 * smooth way is the cubic Hermite curve whose slopes are those of the chords between the neighbors (Catmull and Rom,
 * 1974, here for uneven steps). At an end the chord is one-sided, but where the first point at τ = 0 has the value of the
 * last at τ = 1 the curve closes without a kink too.
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

/** Index of the first keyframe beyond τ, or their number; by bisection. */
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

/** Slope of the curve at a keyframe: of the chord from the one before to the one after. */
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
