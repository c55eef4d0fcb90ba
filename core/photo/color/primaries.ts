/** Which colors the red, green, blue and white of a photo are: its primaries, as CIE 1931 x, y. */

/** CIE 1931 chromaticity coordinates. */
export type Chromaticity = readonly [x: number, y: number];

export interface Primaries {
  readonly red: Chromaticity;
  readonly green: Chromaticity;
  readonly blue: Chromaticity;
  readonly white: Chromaticity;
}

const D65: Chromaticity = [0.3127, 0.329];
/** The white of ICC profiles (ICC.1, 7.2.16), as chromaticity. */
export const D50: Chromaticity = [0.3457, 0.3585];
const C: Chromaticity = [0.31, 0.316];
const E: Chromaticity = [1 / 3, 1 / 3];

function primaries(
  red: Chromaticity,
  green: Chromaticity,
  blue: Chromaticity,
  white = D65,
): Primaries {
  return { red, green, blue, white };
}

/** IEC 61966-2-1; also those of BT.709. */
export const SRGB_PRIMARIES = primaries([0.64, 0.33], [0.3, 0.6], [0.15, 0.06]);
/** Adobe RGB (1998), 4.3.1.1. */
export const ADOBE_RGB_PRIMARIES = primaries([0.64, 0.33], [0.21, 0.71], [0.15, 0.06]);

const SMPTE_170M = primaries([0.63, 0.34], [0.31, 0.595], [0.155, 0.07]);

/** Primaries by their code point (ITU-T H.273, table 2). 2, "unspecified", is left out. */
export const PRIMARIES_BY_CODE: Readonly<Record<number, Primaries>> = {
  1: SRGB_PRIMARIES,
  4: primaries([0.67, 0.33], [0.21, 0.71], [0.14, 0.08], C),
  5: primaries([0.64, 0.33], [0.29, 0.6], [0.15, 0.06]),
  6: SMPTE_170M,
  7: SMPTE_170M,
  8: primaries([0.681, 0.319], [0.243, 0.692], [0.145, 0.049], C),
  9: primaries([0.708, 0.292], [0.17, 0.797], [0.131, 0.046]),
  10: primaries([1, 0], [0, 1], [0, 0], E),
  11: primaries([0.68, 0.32], [0.265, 0.69], [0.15, 0.06], [0.314, 0.351]),
  12: primaries([0.68, 0.32], [0.265, 0.69], [0.15, 0.06]),
  22: primaries([0.63, 0.34], [0.295, 0.605], [0.155, 0.077]),
};

/** Chromaticities in files are rounded: gray lines of 0.001 come from that and nothing else. */
const TOLERANCE = 0.0015;

/** Whether two sets of primaries are the same but for rounding. */
export function samePrimaries(a: Primaries, b: Primaries): boolean {
  const corners = ["red", "green", "blue", "white"] as const;
  return corners.every((corner) =>
    [0, 1].every((i) => Math.abs((a[corner][i] ?? 0) - (b[corner][i] ?? 0)) <= TOLERANCE),
  );
}

/**
 * Whether colors can be computed from them: inside the diagram's range, and spanning a triangle
 * that contains the white.
 */
export function areUsable({ red, green, blue, white }: Primaries): boolean {
  const corners = [red, green, blue, white];
  const inRange = corners.every(([x, y]) => x >= -0.1 && x <= 1.1 && y >= -0.15 && y <= 1.1);
  if (!inRange || white[1] < 0.05) return false;
  const whole = area(red, green, blue);
  const parts = [area(white, green, blue), area(red, white, blue), area(red, green, white)];
  return Math.abs(whole) > 0.001 && parts.every((part) => part / whole > 0.001);
}

/** Twice the signed area of a triangle. */
function area(a: Chromaticity, b: Chromaticity, c: Chromaticity): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
}
