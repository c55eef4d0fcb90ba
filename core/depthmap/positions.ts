/**
 * Centers of `to` samples in a grid of `from`: the grid point before each, and the distance to it.
 */
export function positions(from: number, to: number) {
  const first = new Int32Array(to);
  const fraction = new Float32Array(to);
  for (let i = 0; i < to; i++) {
    const center = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    first[i] = Math.floor(center);
    fraction[i] = center - Math.floor(center);
  }
  return { first, fraction };
}
