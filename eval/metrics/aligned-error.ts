/** How far a map is from the truth once the scale and shift that no single photo tells are given to it. */

export interface AlignedError {
  /** Mean of |d − t| / t over disparities. */
  readonly absRel: number;
  /** Share of pixels with max(d / t, t / d) < 1.25. */
  readonly delta125: number;
}

/**
 * Both errors of `map` after the scale and shift of least squares against `truth`; both are disparities, the truth's are
 * positive. Aligned values are kept above a thousandth of the truth's median, as is usual, so that a ratio exists.
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

/** Scale and shift with the least Σ (scale·x + shift − y)²; a flat `x` gives the mean of `y`. */
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
