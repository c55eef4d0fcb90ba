/** Resampling rasters. */
import type { Size } from "../clip/size.js";
import { cubicWeights } from "./cubic-weights.js";

/** How samples are weighed: `area` averages when shrinking and is bilinear when enlarging, `area-cubic` is cubic then. */
export type Kernel = "area" | "area-cubic" | "cubic";

type Samples = Uint8Array | Uint16Array | Float32Array;

/** For each output sample: the first input sample it covers and the weights from there on, which sum to 1. */
interface Coverage {
  readonly first: Int32Array;
  readonly weights: readonly Float32Array[];
}

/**
 * Resample `samples`, [height, width, channels] row-major, to another size. Output sample i covers the input interval
 * [i, i + 1)·n/m when shrinking by area; otherwise it is read at its centre, edges clamped.
 */
export function resize(
  samples: Samples,
  from: Size,
  to: Size,
  channels: number,
  kernel: Kernel = "area",
): Float32Array {
  const columns = coverage(from.width, to.width, kernel);
  const rows = coverage(from.height, to.height, kernel);
  const wide = new Float32Array(from.height * to.width * channels);
  for (let y = 0; y < from.height; y++) {
    const row = y * from.width * channels;
    for (let x = 0; x < to.width; x++) {
      const weights = columns.weights[x] ?? new Float32Array();
      const start = row + (columns.first[x] ?? 0) * channels;
      const out = (y * to.width + x) * channels;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) {
          sum += (weights[k] ?? 0) * (samples[start + k * channels + c] ?? 0);
        }
        wide[out + c] = sum;
      }
    }
  }
  const stride = to.width * channels;
  const result = new Float32Array(to.height * stride);
  for (let y = 0; y < to.height; y++) {
    const weights = rows.weights[y] ?? new Float32Array();
    const start = (rows.first[y] ?? 0) * stride;
    for (let k = 0; k < weights.length; k++) {
      const weight = weights[k] ?? 0;
      const source = start + k * stride;
      for (let i = 0; i < stride; i++) {
        result[y * stride + i] = (result[y * stride + i] ?? 0) + weight * (wide[source + i] ?? 0);
      }
    }
  }
  return result;
}

function coverage(from: number, to: number, kernel: Kernel): Coverage {
  const first = new Int32Array(to);
  const weights: Float32Array[] = [];
  const scale = from / to;
  const enlarging = kernel === "area" ? linearWeights : cubicWeights;
  const weigh = scale > 1 && kernel !== "cubic" ? areaWeights : enlarging;
  for (let i = 0; i < to; i++) {
    const [start, row] = weigh(i, scale, from);
    first[i] = start;
    weights.push(row);
  }
  return { first, weights };
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
