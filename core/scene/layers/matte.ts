/** Finds from colors how much of a pixel a near thing covers. */

/** How far the color may move the coverage from what the map says. */
const MOST_MOVE = 0.5;

/** Contrast of the two sides, in levels, from which the color begins to count, and counts fully. */
const LEAST_CONTRAST = 16;
const FULL_CONTRAST = 48;

/**
 * Coverage in [0, 1]: the position of the pixel's color on the line from the far side's color to
 * the near side's, where these differ clearly and the pixel lies near the line; otherwise
 * `geometric`, which the map gives. Colors are RGB in [0, 255].
 */
export function coverageByColor(
  pixel: Float32Array,
  near: Float32Array,
  far: Float32Array,
  geometric: number,
): number {
  let contrast2 = 0;
  let along = 0;
  let offset2 = 0;
  for (let c = 0; c < 3; c++) {
    const line = (near[c] ?? 0) - (far[c] ?? 0);
    const offset = (pixel[c] ?? 0) - (far[c] ?? 0);
    contrast2 += line * line;
    along += line * offset;
    offset2 += offset * offset;
  }
  if (contrast2 <= LEAST_CONTRAST ** 2) return geometric;
  const position = along / contrast2;
  const beside2 = Math.max(0, offset2 - position * along) / contrast2;
  const isClear = Math.min(
    1,
    (Math.sqrt(contrast2) - LEAST_CONTRAST) / (FULL_CONTRAST - LEAST_CONTRAST),
  );
  const trust = isClear / (1 + 8 * beside2);
  const wanted = trust * (Math.min(1, Math.max(0, position)) - geometric);
  return geometric + Math.min(MOST_MOVE, Math.max(-MOST_MOVE, wanted));
}
