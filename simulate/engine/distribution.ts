/** What a random duration may be. */
import type { Random } from "./random.js";

export interface Distribution {
  readonly mean: number;
  draw(random: Random): number;
}

export function always(value: number): Distribution {
  return { mean: value, draw: () => value };
}

/** Without memory: the gaps of independent arrivals, and the lives of hosts that are taken away. */
export function exponential(mean: number): Distribution {
  return { mean, draw: (random) => -mean * Math.log(1 - random()) };
}

/**
 * What was measured: between two neighbours of the sorted samples every value is as probable as
 * any other. Throws RangeError without samples.
 */
export function measured(samples: readonly number[]): Distribution {
  const sorted = [...samples].sort((a, b) => a - b);
  const [first] = sorted;
  if (first === undefined) throw new RangeError("a distribution without samples");
  const last = sorted.length - 1;
  if (last === 0) return always(first);
  const at = (index: number) => sorted[Math.min(index, last)] as number;
  const draw = (random: Random) => {
    const place = random() * last;
    const below = Math.floor(place);
    return at(below) + (place - below) * (at(below + 1) - at(below));
  };
  const gaps = sorted.slice(1).map((value, index) => (value + at(index)) / 2);
  return { mean: gaps.reduce((sum, value) => sum + value, 0) / last, draw };
}
