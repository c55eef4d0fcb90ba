/** Resamples rasters: by area averages, bilinearly, or by bicubic interpolation. */
import type { Size } from "../geometry/size.js";

/**
 * How samples are weighted: both average areas when shrinking; when enlarging, `area` is bilinear
 * and `area-cubic` is cubic.
 */
export type Kernel = "area" | "area-cubic" | "cubic";

type Samples = Uint8Array | Uint16Array | Float32Array;

/**
 * For each output sample: the first input sample it covers and the weights from there on, which sum
 * to 1.
 */
interface Coverage {
  readonly first: Int32Array;
  /** Weights of output sample i are those from `starts[i]` up to `starts[i + 1]`. */
  readonly starts: Int32Array;
  readonly weights: Float32Array;
}

/**
 * Resamples `samples`, [height, width, channels] row-major, to another size. Output sample i covers
 * the input interval [i, i + 1)·n/m when shrinking by area; otherwise it is read at its center,
 * edges clamped.
 */
export function resize(
  samples: Samples,
  from: Size,
  to: Size,
  channels: number,
  kernel: Kernel = "area",
): Float32Array {
  const stride = to.width * channels;
  const result = new Float32Array(to.height * stride);
  eachRow(samples, from, to, channels, kernel, (row, y) => result.set(row, y * stride));
  return result;
}

/** The same by area averages, of RGB bytes [height, width, 3] as bytes, rounded. */
export function resizedBytes(rgb: Uint8Array, from: Size, to: Size): Uint8Array {
  const stride = 3 * to.width;
  const result = new Uint8Array(to.height * stride);
  eachRow(rgb, from, to, 3, "area", (row, y) => roundInto(result, y * stride, row));
  return result;
}

function roundInto(bytes: Uint8Array, at: number, row: Float32Array): void {
  for (let i = 0; i < row.length; i++) bytes[at + i] = (row[i] ?? 0) + 0.5;
}

/**
 * Calls `take` with each row of the result from the top; the row is overwritten afterwards. The
 * rows of the input that it covers are summed first, in whole lines, and then only one line is
 * resampled: that is the work whose weights change with every sample.
 */
function eachRow(
  samples: Samples,
  from: Size,
  to: Size,
  channels: number,
  kernel: Kernel,
  take: (row: Float32Array, y: number) => void,
): void {
  const columns = coverage(from.width, to.width, kernel);
  const rows = coverage(from.height, to.height, kernel);
  const line = new Float64Array(from.width * channels);
  const row = new Float32Array(to.width * channels);
  for (let y = 0; y < to.height; y++) {
    const begin = rows.starts[y] ?? 0;
    const weights = rows.weights.subarray(begin, rows.starts[y + 1]);
    sumRows(samples, (rows.first[y] ?? 0) * line.length, weights, line);
    if (channels === 3) resampleRgb(line, row, columns);
    else for (let c = 0; c < channels; c++) resamplePlane(line, row, columns, channels, c);
    take(row, y);
  }
}

/** The weighted sum of as many rows as there are weights, from `at` on; three are read at once. */
function sumRows(samples: Samples, at: number, weights: Float32Array, line: Float64Array): void {
  const width = line.length;
  const [first = 0, second = 0, third = 0] = weights;
  if (weights.length === 1) {
    for (let i = 0; i < width; i++) line[i] = first * (samples[at + i] ?? 0);
  } else if (weights.length === 2) {
    const below = at + width;
    for (let i = 0; i < width; i++) {
      line[i] = first * (samples[at + i] ?? 0) + second * (samples[below + i] ?? 0);
    }
  } else {
    const below = at + width;
    const lowest = below + width;
    for (let i = 0; i < width; i++) {
      line[i] =
        first * (samples[at + i] ?? 0) +
        second * (samples[below + i] ?? 0) +
        third * (samples[lowest + i] ?? 0);
    }
  }
  for (let k = 3; k < weights.length; k++) {
    const weight = weights[k] ?? 0;
    const row = at + k * width;
    for (let i = 0; i < width; i++) line[i] = (line[i] ?? 0) + weight * (samples[row + i] ?? 0);
  }
}

/** One channel of a line. */
function resamplePlane(
  line: Float64Array,
  row: Float32Array,
  { first, starts, weights }: Coverage,
  channels: number,
  channel: number,
): void {
  for (let x = 0; x < first.length; x++) {
    let at = (first[x] ?? 0) * channels + channel;
    let sum = 0;
    const end = starts[x + 1] ?? 0;
    for (let k = starts[x] ?? 0; k < end; k++, at += channels) {
      sum += (weights[k] ?? 0) * (line[at] ?? 0);
    }
    row[x * channels + channel] = sum;
  }
}

/** All three channels of a line at once: each weight is read once. */
function resampleRgb(
  line: Float64Array,
  row: Float32Array,
  { first, starts, weights }: Coverage,
): void {
  for (let x = 0, out = 0; x < first.length; x++, out += 3) {
    let at = 3 * (first[x] ?? 0);
    let r = 0;
    let g = 0;
    let b = 0;
    const end = starts[x + 1] ?? 0;
    for (let k = starts[x] ?? 0; k < end; k++, at += 3) {
      const weight = weights[k] ?? 0;
      r += weight * (line[at] ?? 0);
      g += weight * (line[at + 1] ?? 0);
      b += weight * (line[at + 2] ?? 0);
    }
    row[out] = r;
    row[out + 1] = g;
    row[out + 2] = b;
  }
}

function coverage(from: number, to: number, kernel: Kernel): Coverage {
  const first = new Int32Array(to);
  const starts = new Int32Array(to + 1);
  const weights: number[] = [];
  const scale = from / to;
  const enlarging = kernel === "area" ? linearWeights : cubicWeights;
  const weigh = scale > 1 && kernel !== "cubic" ? areaWeights : enlarging;
  for (let i = 0; i < to; i++) {
    const [start, row] = weigh(i, scale, from);
    first[i] = start;
    weights.push(...row);
    starts[i + 1] = weights.length;
  }
  return { first, starts, weights: Float32Array.from(weights) };
}

function areaWeights(i: number, scale: number, from: number): [number, Float32Array] {
  const low = i * scale;
  const high = Math.min(from, (i + 1) * scale);
  const start = Math.floor(low);
  const end = Math.min(from, Math.ceil(high - 1e-9));
  const row = new Float32Array(end - start);
  for (let k = start; k < end; k++) {
    row[k - start] = (Math.min(high, k + 1) - Math.max(low, k)) / (high - low);
  }
  return [start, row];
}

function linearWeights(i: number, scale: number, from: number): [number, Float32Array] {
  const center = Math.min(from - 1, Math.max(0, (i + 0.5) * scale - 0.5));
  const start = Math.floor(center);
  const fraction = center - start;
  if (fraction === 0 || start + 1 >= from) return [start, new Float32Array([1])];
  return [start, new Float32Array([1 - fraction, fraction])];
}

/*
 * Weights of bicubic resampling: Keys' kernel (IEEE ASSP 1981) with a = −1/2, widened when
 * shrinking so that nothing aliases.
 */

const A = -0.5;

function keys(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
  if (x < 2) return A * (((x - 5) * x + 8) * x - 4);
  return 0;
}

/**
 * First input sample and the weights from there on, which sum to 1, of output sample `i`; cut at
 * the edges.
 */
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
