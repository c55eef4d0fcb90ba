/**
 * Red-cyan anaglyphs by least squares: the mix of both views that is, through the filters of the
 * glasses, closest to what each eye should see. The matrices are those of E. Dubois, "Conversion of
 * a Stereo Pair to Anaglyph with the Least-Squares Projection Method" (2009), for LCD screens. They
 * apply to linear light, because the method projects tristimulus values.
 */

/** Rows of a 3×3 matrix. */
type Matrix = readonly [Row, Row, Row];
type Row = readonly [number, number, number];

/** What the view of the eye behind the red filter gives to red, green and blue. */
export const RED_EYE: Matrix = [
  [0.437, 0.449, 0.164],
  [-0.062, -0.062, -0.024],
  [-0.048, -0.05, -0.017],
];

/** As `RED_EYE`, of the eye behind the cyan filter. */
export const CYAN_EYE: Matrix = [
  [-0.011, -0.032, -0.007],
  [0.377, 0.761, 0.009],
  [-0.026, -0.093, 1.234],
];

/** The nine numbers column by column, as GL reads a matrix. */
export function columnMajor(matrix: Matrix): Float32Array {
  return new Float32Array([0, 1, 2].flatMap((column) => matrix.map((row) => row[column] ?? 0)));
}
