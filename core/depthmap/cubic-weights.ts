/** Weights of bicubic resampling: Keys' kernel (IEEE ASSP 1981) with a = −1/2, widened when shrinking so that nothing aliases. */

const A = -0.5;

function keys(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
  if (x < 2) return A * (((x - 5) * x + 8) * x - 4);
  return 0;
}

/** First input sample and the weights from there on, which sum to 1, of output sample `i`; cut at the edges. */
export function cubicWeights(i: number, scale: number, from: number): [number, Float32Array] {
  const stretch = Math.max(1, scale);
  const center = (i + 0.5) * scale - 0.5;
  const start = Math.max(0, Math.ceil(center - 2 * stretch));
  const end = Math.min(from, Math.floor(center + 2 * stretch) + 1);
  const row = new Float32Array(end - start);
  let sum = 0;
  for (let k = start; k < end; k++) {
    const weight = keys((k - center) / stretch);
    row[k - start] = weight;
    sum += weight;
  }
  return [start, row.map((weight) => weight / sum)];
}
