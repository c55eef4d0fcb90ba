/**
 * Scores of a map against the truth: rank correlation, and errors after a fit of scale and shift.
 */

/**
 * Spearman's ρ of paired values: whether a map orders the scene as the truth does. Ties have their
 * mean rank. NaN when one side is constant.
 */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return pearson(ranks(a), ranks(b));
}

/** Rank of each value, from 1; equal values share their mean rank. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i);
  order.sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
  const result = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    const value = values[order[start] ?? 0];
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === value) end += 1;
    // These values have the ranks start + 1 to end.
    for (let i = start; i < end; i++) result[order[i] ?? 0] = (start + 1 + end) / 2;
    start = end;
  }
  return result;
}

function pearson(a: Float64Array, b: Float64Array): number {
  const mean = (values: Float64Array) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let covariance = 0;
  let varianceA = 0;
  let varianceB = 0;
  for (let i = 0; i < a.length; i++) {
    const x = (a[i] ?? 0) - meanA;
    const y = (b[i] ?? 0) - meanB;
    covariance += x * y;
    varianceA += x * x;
    varianceB += y * y;
  }
  return covariance / Math.sqrt(varianceA * varianceB);
}

export interface AlignedError {
  /** Mean of |d − t| / t over disparities. */
  readonly absRel: number;
  /** Share of pixels with max(d / t, t / d) < 1.25. */
  readonly delta125: number;
}

/**
 * Both errors of `map` after a least-squares fit of scale and shift to `truth`, which one photo
 * cannot reveal. Both are disparities, those of `truth` positive. Fitted values are kept above a
 * thousandth of the median of `truth`, as is usual, so that the ratios exist.
 */
export function alignedError(map: ArrayLike<number>, truth: ArrayLike<number>): AlignedError {
  const { scale, shift } = leastSquares(map, truth);
  const floor = 1e-3 * median(truth);
  let absolute = 0;
  let within = 0;
  for (let i = 0; i < truth.length; i++) {
    const t = truth[i] ?? Number.NaN;
    const d = Math.max(floor, scale * (map[i] ?? 0) + shift);
    absolute += Math.abs(d - t) / t;
    if (Math.max(d / t, t / d) < 1.25) within += 1;
  }
  return { absRel: absolute / truth.length, delta125: within / truth.length };
}

/** Minimizes Σ (scale·x + shift − y)²; for a constant `x` the result is the mean of `y`. */
export function leastSquares(x: ArrayLike<number>, y: ArrayLike<number>) {
  const n = x.length;
  let [sumX, sumY] = [0, 0];
  for (let i = 0; i < n; i++) {
    sumX += x[i] ?? 0;
    sumY += y[i] ?? 0;
  }
  const [meanX, meanY] = [sumX / n, sumY / n];
  let [covariance, variance] = [0, 0];
  for (let i = 0; i < n; i++) {
    const dx = (x[i] ?? 0) - meanX;
    covariance += dx * ((y[i] ?? 0) - meanY);
    variance += dx * dx;
  }
  const scale = variance > 0 ? covariance / variance : 0;
  return { scale, shift: meanY - scale * meanX };
}

function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
