/**
 * What benches and evaluations print: one JSON object per line, first the figures and then the
 * aims.
 */

/** A measured value. */
export interface Figure {
  readonly bench: string;
  readonly case: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
}

/** A value that is compared with a limit. */
export interface Aim {
  readonly aim: string;
  readonly value: number;
  readonly target: string;
  readonly met: boolean;
}

export type BenchLine = Figure | Aim;

/** Makes the figures of one case of a bench; values are rounded. */
export function figuresOf(bench: string, where: string) {
  return (metric: string, value: number, unit: string): Figure => ({
    ...{ bench, case: where, metric, value: rounded(value), unit },
  });
}

/** The aim that a value stays at or below a limit. */
export function atMost(aim: string, value: number, limit: number, unit: string): Aim {
  return { aim, value: rounded(value), target: `<= ${limit} ${unit}`, met: value <= limit };
}

/** The aim that a value reaches a limit. */
export function atLeast(aim: string, value: number, limit: number, unit: string): Aim {
  return { aim, value: rounded(value), target: `>= ${limit} ${unit}`, met: value >= limit };
}

/** Four significant digits: more would only be noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
