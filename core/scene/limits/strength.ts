/** Finds how strong a movement may be for a photo, so that its figures stay within their limits. */
import type { Figures } from "./view-figures.js";

export interface Strength {
  /** Part of the full movement that stays within the limits, [0, 1]. */
  readonly strength: number;
  /** The figures of this part. */
  readonly figures: Figures;
  /** The figures of the full movement. */
  readonly full: Figures;
}

/** A figure this close below its limit has reached it. */
const TOLERANCE = 0.02;
/** Strengths that differ by less look the same. */
const MIN_DIFFERENCE = 0.002;
const MAX_STEPS = 16;

/**
 * The greatest strength at which neither figure is above its limit. `figuresAt` gives the figures
 * of a strength, which grow with it; at 0 nothing moves. Where they do not grow steadily, those of
 * the result are within the limits all the same.
 */
export function strengthWithin(
  limits: Figures,
  figuresAt: (strength: number) => Figures,
): Strength {
  const full = figuresAt(1);
  if (excess(full, limits) <= 1) return { strength: 1, figures: full, full };
  let low = { strength: 0, figures: figuresAt(0), excess: 0 };
  let high = { strength: 1, excess: excess(full, limits) };
  for (let step = 0; step < MAX_STEPS; step++) {
    if (high.strength - low.strength < MIN_DIFFERENCE) break;
    const strength = between(low, high, step);
    const figures = figuresAt(strength);
    const reached = excess(figures, limits);
    if (reached > 1) high = { strength, excess: reached };
    else low = { strength, figures, excess: reached };
    if (low.excess > 1 - TOLERANCE) break;
  }
  return { strength: low.strength, figures: low.figures, full };
}

/** The larger of both figures, in parts of its limit. */
function excess(figures: Figures, limits: Figures): number {
  return Math.max(
    part(figures.hiddenAreaPercent, limits.hiddenAreaPercent),
    part(figures.stretchP99 - 1, limits.stretchP99 - 1),
  );
}

/** A limit of nothing is met by nothing. */
const part = (value: number, limit: number) =>
  value <= 0 ? 0 : limit <= 0 ? Number.POSITIVE_INFINITY : value / limit;

interface Point {
  readonly strength: number;
  readonly excess: number;
}

/** Every third step halves; the others aim where a straight line would reach the limit. */
function between(low: Point, high: Point, step: number): number {
  const range = high.strength - low.strength;
  const aimed = (1 - TOLERANCE / 2 - low.excess) / (high.excess - low.excess);
  const share = step % 3 === 2 || !Number.isFinite(aimed) ? 0.5 : aimed;
  return low.strength + range * Math.min(0.9, Math.max(0.1, share));
}
