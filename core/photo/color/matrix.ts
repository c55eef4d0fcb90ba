/** Linear light of one set of primaries as that of another: 3×3 matrices. */
import { type Chromaticity, type Primaries, SRGB_PRIMARIES } from "./primaries.js";

/** Nine numbers, row by row. */
export type Matrix = readonly [
  ...[number, number, number],
  ...[number, number, number],
  ...[number, number, number],
];

type Vector = readonly [number, number, number];

/** Cone responses of the Bradford adaptation (ICC.1:2022, annex E). */
const BRADFORD: Matrix = [
  0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296,
];

/**
 * Linear RGB of `primaries` → linear sRGB. White stays white: another white is adapted to D65 by
 * Bradford, as ICC profiles do. Values outside 0…1 are colors that sRGB cannot show.
 */
export function toLinearSrgb(primaries: Primaries): Matrix {
  const adapted = product(adaptation(primaries.white, SRGB_PRIMARIES.white), toXyz(primaries));
  return product(inverse(toXyz(SRGB_PRIMARIES)), adapted);
}

/** How much red, green and blue contribute to luminance; their sum is 1. */
export function luminanceWeights(primaries: Primaries): Vector {
  const [, , , red, green, blue] = toXyz(primaries);
  return [red, green, blue];
}

/** Linear RGB → CIE XYZ, with Y = 1 for white (SMPTE RP 177). */
function toXyz({ red, green, blue, white }: Primaries): Matrix {
  const [r, g, b] = [red, green, blue].map(([x, y]) => [x, y, 1 - x - y] as const) as [
    Vector,
    Vector,
    Vector,
  ];
  const columns: Matrix = [r[0], g[0], b[0], r[1], g[1], b[1], r[2], g[2], b[2]];
  const scale = apply(inverse(columns), xyzOf(white));
  return product(columns, diagonal(scale));
}

function adaptation(from: Chromaticity, to: Chromaticity): Matrix {
  const source = apply(BRADFORD, xyzOf(from));
  const target = apply(BRADFORD, xyzOf(to));
  const gains = diagonal([target[0] / source[0], target[1] / source[1], target[2] / source[2]]);
  return product(inverse(BRADFORD), product(gains, BRADFORD));
}

const xyzOf = ([x, y]: Chromaticity): Vector => [x / y, 1, (1 - x - y) / y];

const diagonal = ([a, b, c]: Vector): Matrix => [a, 0, 0, 0, b, 0, 0, 0, c];

function apply(m: Matrix, [x, y, z]: Vector): Vector {
  return [
    m[0] * x + m[1] * y + m[2] * z,
    m[3] * x + m[4] * y + m[5] * z,
    m[6] * x + m[7] * y + m[8] * z,
  ];
}

function product(a: Matrix, b: Matrix): Matrix {
  const [x, y, z] = [0, 1, 2].map((i) => apply(a, [b[i] ?? 0, b[i + 3] ?? 0, b[i + 6] ?? 0])) as [
    Vector,
    Vector,
    Vector,
  ];
  return [x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]];
}

/** By cofactors. Callers have checked that the primaries span a triangle. */
function inverse([a, b, c, d, e, f, g, h, i]: Matrix): Matrix {
  const [A, B, C] = [e * i - f * h, f * g - d * i, d * h - e * g];
  const s = 1 / (a * A + b * B + c * C);
  return [
    ...([A * s, (c * h - b * i) * s, (b * f - c * e) * s] as const),
    ...([B * s, (a * i - c * g) * s, (c * d - a * f) * s] as const),
    ...([C * s, (b * g - a * h) * s, (a * e - b * d) * s] as const),
  ];
}
