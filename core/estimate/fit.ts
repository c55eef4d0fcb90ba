/**
 * A robust line through samples of what something costs by its size, with the spread around it: one
 * job that took ten times as long moves neither much.
 */

export interface Sample {
  /** What the cost grows with, above zero. */
  readonly size: number;
  /** Seconds or bytes, above zero. */
  readonly cost: number;
}

/** Half of the costs lie at or below `p50`, nine of ten at or below `p90`. */
export interface Quantiles {
  readonly p50: number;
  readonly p90: number;
  /** Samples that they rest on. */
  readonly samples: number;
}

/** Fewer say nothing about the spread. */
export const MIN_SAMPLES = 3;
/** Sizes nearer to each other than this tell no slope. */
const NARROW_RATIO = 1.25;

export class Fit {
  readonly #slope: number;
  readonly #base: number;
  /** Cost by predicted cost, in ascending order. */
  readonly #ratios: readonly number[];

  /** At least one sample. */
  constructor(samples: readonly Sample[]) {
    [this.#base, this.#slope] = lineThrough(samples);
    this.#ratios = samples.map(({ size, cost }) => cost / this.#typical(size)).sort(ascending);
  }

  /** The costs to expect of `size`; undefined from fewer than three samples. */
  at(size: number): Quantiles | undefined {
    if (this.#ratios.length < MIN_SAMPLES) return undefined;
    const typical = this.#typical(size);
    return {
      p50: typical * quantile(this.#ratios, 0.5),
      p90: typical * quantile(this.#ratios, 0.9),
      samples: this.#ratios.length,
    };
  }

  #typical(size: number): number {
    return Math.max(this.#base + this.#slope * size, Number.MIN_VALUE);
  }
}

/**
 * Cost = base + slope · size, neither below zero. The slope is the median of those between all
 * pairs (Theil-Sen). Where all sizes are alike, the cost is taken to grow with the size.
 */
function lineThrough(samples: readonly Sample[]): readonly [base: number, slope: number] {
  const sizes = samples.map(({ size }) => size);
  const perSize = quantile(samples.map(({ size, cost }) => cost / size).sort(ascending), 0.5);
  if (Math.max(...sizes) < NARROW_RATIO * Math.min(...sizes)) return [0, perSize];
  const slopes = samples.flatMap((one, i) =>
    samples
      .slice(i + 1)
      .filter((other) => other.size !== one.size)
      .map((other) => (other.cost - one.cost) / (other.size - one.size)),
  );
  const slope = Math.max(0, quantile(slopes.sort(ascending), 0.5));
  const bases = samples.map(({ size, cost }) => cost - slope * size).sort(ascending);
  const base = quantile(bases, 0.5);
  return base < 0 ? [0, perSize] : [base, slope];
}

/**
 * By the position (n + 1) · share among the sorted values, between two of them in proportion: the
 * 0.9 quantile of few values is the greatest.
 */
export function quantile(sorted: readonly number[], share: number): number {
  const position = Math.min(Math.max((sorted.length + 1) * share - 1, 0), sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

const ascending = (a: number, b: number) => a - b;
