/**
 * The guided filter of He, Sun and Tang (ECCV 2010) with a color guide, formulas (13) to (15), in
 * the subsampled form of He and Sun (2015): the linear coefficients are fitted on a small grid and
 * applied to the photo at any size. At the photo's size this costs three multiplications per pixel,
 * whatever the radius.
 */
import { boxMean } from "../core/depthmap/box-mean.js";
import { positions } from "../core/depthmap/positions.js";
import type { Size } from "../core/geometry/size.js";

/** Planes R, G, B in [0, 1], each [height, width]. */
export type Guide = readonly [Float32Array, Float32Array, Float32Array];

/** disparity ≈ slopes · RGB + offset around each pixel of a grid. */
export interface LinearModel {
  readonly size: Size;
  readonly slopes: Guide;
  readonly offset: Float32Array;
}

export interface GuidedWindow {
  readonly radius: number;
  /** Variance of the guide, in squared [0, 1], below which a window counts as flat. */
  readonly epsilon: number;
}

/** Interleaved RGB in [0, 255] as planes. */
export function guidePlanes(rgb: Float32Array | Uint8Array): Guide {
  const pixels = rgb.length / 3;
  const planes = [0, 1, 2].map(() => new Float32Array(pixels)) as unknown as Guide;
  for (let i = 0, at = 0; i < pixels; i++, at += 3) {
    planes[0][i] = (rgb[at] ?? 0) / 255;
    planes[1][i] = (rgb[at + 1] ?? 0) / 255;
    planes[2][i] = (rgb[at + 2] ?? 0) / 255;
  }
  return planes;
}

/**
 * Coefficients of `map` [height, width] over windows of its guide, averaged over the windows that
 * hold a pixel.
 */
export function fitLinear(
  map: Float32Array,
  guide: Guide,
  size: Size,
  { radius, epsilon }: GuidedWindow,
): LinearModel {
  const mean = (values: Float32Array) => boxMean(values, size, radius);
  const product = new Float32Array(map.length);
  const meanOfProduct = (a: Float32Array, b: Float32Array) => {
    for (let i = 0; i < product.length; i++) product[i] = (a[i] ?? 0) * (b[i] ?? 0);
    return mean(product);
  };
  const [r, g, b] = guide;
  const means = [mean(r), mean(g), mean(b)] as const;
  const meanMap = mean(map);
  const [rr, rg, rb] = [meanOfProduct(r, r), meanOfProduct(r, g), meanOfProduct(r, b)];
  const [gg, gb, bb] = [meanOfProduct(g, g), meanOfProduct(g, b), meanOfProduct(b, b)];
  const [mr, mg, mb] = [meanOfProduct(map, r), meanOfProduct(map, g), meanOfProduct(map, b)];
  const slopes = [0, 1, 2].map(() => new Float32Array(map.length)) as unknown as Guide;
  const offset = new Float32Array(map.length);
  const at = (values: Float32Array, i: number) => values[i] ?? 0;
  for (let i = 0; i < map.length; i++) {
    const [x, y, z, m] = [at(means[0], i), at(means[1], i), at(means[2], i), at(meanMap, i)];
    const a00 = at(rr, i) - x * x + epsilon;
    const a01 = at(rg, i) - x * y;
    const a02 = at(rb, i) - x * z;
    const a11 = at(gg, i) - y * y + epsilon;
    const a12 = at(gb, i) - y * z;
    const a22 = at(bb, i) - z * z + epsilon;
    const [c0, c1, c2] = [at(mr, i) - m * x, at(mg, i) - m * y, at(mb, i) - m * z];
    // The inverse of a symmetric 3 × 3 matrix by its cofactors; ε on the diagonal keeps it regular.
    const k00 = a11 * a22 - a12 * a12;
    const k01 = a02 * a12 - a01 * a22;
    const k02 = a01 * a12 - a02 * a11;
    const k11 = a00 * a22 - a02 * a02;
    const k12 = a01 * a02 - a00 * a12;
    const k22 = a00 * a11 - a01 * a01;
    const scale = 1 / (a00 * k00 + a01 * k01 + a02 * k02);
    const s0 = (k00 * c0 + k01 * c1 + k02 * c2) * scale;
    const s1 = (k01 * c0 + k11 * c1 + k12 * c2) * scale;
    const s2 = (k02 * c0 + k12 * c1 + k22 * c2) * scale;
    slopes[0][i] = s0;
    slopes[1][i] = s1;
    slopes[2][i] = s2;
    offset[i] = m - s0 * x - s1 * y - s2 * z;
  }
  return {
    size,
    slopes: [mean(slopes[0]), mean(slopes[1]), mean(slopes[2])],
    offset: mean(offset),
  };
}

/** The model's disparity at the size of its own grid. */
export function evaluate({ slopes, offset }: LinearModel, guide: Guide): Float32Array {
  const [r, g, b] = guide;
  return offset.map(
    (value, i) =>
      value +
      (slopes[0][i] ?? 0) * (r[i] ?? 0) +
      (slopes[1][i] ?? 0) * (g[i] ?? 0) +
      (slopes[2][i] ?? 0) * (b[i] ?? 0),
  );
}

/**
 * The model's disparity for the photo `rgb` [height, width, 3] in [0, 255], its coefficients read
 * bilinearly between grid points.
 */
export function evaluateAt(model: LinearModel, rgb: Uint8Array, photo: Size): Float32Array {
  const { width, height } = photo;
  const grid = model.size;
  const columns = positions(grid.width, width);
  const rows = positions(grid.height, height);
  // Coefficients of one photo row, at the grid's columns, interleaved: three slopes for bytes and
  // an offset.
  const line = new Float32Array(4 * grid.width + 4);
  const result = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    mixRows(model, rows.first[y] ?? 0, rows.fraction[y] ?? 0, line);
    for (let x = 0, out = y * width, pixel = 3 * out; x < width; x++, out++, pixel += 3) {
      const at = 4 * (columns.first[x] ?? 0);
      const f = columns.fraction[x] ?? 0;
      const left =
        (line[at] ?? 0) * (rgb[pixel] ?? 0) +
        (line[at + 1] ?? 0) * (rgb[pixel + 1] ?? 0) +
        (line[at + 2] ?? 0) * (rgb[pixel + 2] ?? 0) +
        (line[at + 3] ?? 0);
      const right =
        (line[at + 4] ?? 0) * (rgb[pixel] ?? 0) +
        (line[at + 5] ?? 0) * (rgb[pixel + 1] ?? 0) +
        (line[at + 6] ?? 0) * (rgb[pixel + 2] ?? 0) +
        (line[at + 7] ?? 0);
      result[out] = left + f * (right - left);
    }
  }
  return result;
}

function mixRows(model: LinearModel, row: number, fraction: number, line: Float32Array): void {
  const { width, height } = model.size;
  const above = row * width;
  const below = Math.min(height - 1, row + 1) * width;
  const planes = [...model.slopes, model.offset];
  for (const [channel, plane] of planes.entries()) {
    const scale = channel < 3 ? 1 / 255 : 1;
    for (let x = 0; x < width; x++) {
      const top = plane[above + x] ?? 0;
      line[4 * x + channel] = scale * (top + fraction * ((plane[below + x] ?? 0) - top));
    }
    line[4 * width + channel] = line[4 * (width - 1) + channel] ?? 0;
  }
}
