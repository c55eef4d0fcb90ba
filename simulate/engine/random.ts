/** Random numbers that a seed repeats. */

/** Uniform in [0, 1). */
export type Random = () => number;

/**
 * A stream of its own for each name, so that what one part of a simulation draws does not change
 * what another one draws: two scenarios of one seed get the same jobs.
 */
export function randomStream(seed: number, name: string): Random {
  let state = seed >>> 0;
  // FNV-1a of the name.
  for (const character of name)
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  // mulberry32
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
