/** Motion as a sum of simple waves over the value that stands below them. */

export const WAVE_KINDS = ["linear", "sine", "cosine", "triangle"] as const;
export type WaveKind = (typeof WAVE_KINDS)[number];
export const COMPONENT_KINDS = ["set", "add", ...WAVE_KINDS] as const;
export type ComponentKind = (typeof COMPONENT_KINDS)[number];

/** `set` puts `bias` in the place of the value, `add` adds it. */
export type Constant =
  | { readonly kind: "set"; readonly bias: number }
  | { readonly kind: "add"; readonly bias: number };

/** Adds bias + amplitude·wave(cycles·τ + phase). */
export interface Wave {
  readonly kind: WaveKind;
  readonly amplitude: number;
  readonly bias: number;
  /** Periods over the motion; a whole number closes. */
  readonly cycles: number;
  readonly phaseTurns: number;
  /** Runs from τ = 1 to τ = 0. */
  readonly reverse: boolean;
}

export type Component = Constant | Wave;

/** Value of each wave at t turns; all but `linear` have period 1 and lie in [−1, 1]. */
const WAVES: Readonly<Record<WaveKind, (t: number) => number>> = {
  linear: (t) => t,
  sine: (t) => Math.sin(2 * Math.PI * t),
  cosine: (t) => Math.cos(2 * Math.PI * t),
  // In step with the sine: 0 at 0, 1 at a quarter.
  triangle: (t) => 1 - 4 * Math.abs(fraction(t + 0.25) - 0.5),
};

/** The value at τ once all components have passed over it, in order. */
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
