/** Where samples lie in another grid, for bilinear interpolation. */

export interface Positions {
  /** The grid point before each sample. */
  readonly first: Int32Array;
  /** The distance to it, in [0, 1). */
  readonly fraction: Float32Array;
}

/** Centers of `to` samples in a grid of `from`, clamped to it. */
export function positions(from: number, to: number): Positions {
  const first = new Int32Array(to);
  const fraction = new Float32Array(to);
  for (let i = 0; i < to; i++) {
    const center = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    first[i] = Math.floor(center);
    fraction[i] = center - Math.floor(center);
  }
  return { first, fraction };
}
