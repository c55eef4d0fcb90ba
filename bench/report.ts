/** What benches print: a JSON object a line for each figure, and at the end one for each aim. */
export interface Figure {
  readonly bench: string;
  readonly case: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
}

export interface Aim {
  readonly aim: string;
  readonly value: number;
  readonly target: string;
  readonly met: boolean;
}

/** A figure or an aim as it comes. */
export type BenchLine = Figure | Aim;

/** An aim that a value stays at or below a limit. */
export function atMost(aim: string, value: number, limit: number, unit: string): Aim {
  return { aim, value: rounded(value), target: `<= ${limit} ${unit}`, met: value <= limit };
}

/** An aim that a value reaches a limit. */
export function atLeast(aim: string, value: number, limit: number, unit: string): Aim {
  return { aim, value: rounded(value), target: `>= ${limit} ${unit}`, met: value >= limit };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? (high + (sorted[middle - 1] ?? Number.NaN)) / 2 : high;
}

/** Four significant digits: more would only be noise. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
