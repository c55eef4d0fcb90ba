/** The logistic function by a table: an exponential takes longer than all else about a texel. */

/** Log odds beyond which the function is 0 or 1 within 1e-7. */
const LIMIT = 16;
const STEPS_PER_UNIT = 128;
const STEPS = 2 * LIMIT * STEPS_PER_UNIT;
const TABLE = Float64Array.from(
  { length: STEPS + 2 },
  (_, i) => 1 / (1 + Math.exp(LIMIT - i / STEPS_PER_UNIT)),
);

/** The probability, in [0, 1], of finite log odds; accurate to 1e-6. */
export function logistic(odds: number): number {
  const place = (Math.min(LIMIT, Math.max(-LIMIT, odds)) + LIMIT) * STEPS_PER_UNIT;
  const i = Math.trunc(place);
  const below = TABLE[i] ?? 0;
  return below + (place - i) * ((TABLE[i + 1] ?? 0) - below);
}
