/** How far pictures are from the truth: the whole, and its parts. */
import { BAND, HIDDEN, type Regions, SHOWN } from "./regions.js";

export const PARTS = ["whole", "band", "hidden", "rest"] as const;
export type Part = (typeof PARTS)[number];

/** Peak signal-to-noise ratio in dB of each part; NaN where there are too few pixels of it. */
export type Decibels = Readonly<Record<Part, number>>;

/** Fewer pixels than this say nothing. */
const FEWEST_PIXELS = 64;

/**
 * Squared errors of several pictures. `band` and `hidden` overlap: much of what the photo hides
 * lies beside a silhouette. `rest` is in neither.
 */
export class Errors {
  readonly #sums = { whole: 0, band: 0, hidden: 0, rest: 0 };
  readonly #pixels = { whole: 0, band: 0, hidden: 0, rest: 0 };

  add(picture: Uint8Array, truth: Uint8Array, { of }: Regions): void {
    for (let i = 0; i < of.length; i++) {
      const region = of[i] ?? 0;
      if (!(region & SHOWN)) continue;
      let sum = 0;
      for (let c = 3 * i; c < 3 * i + 3; c++) sum += ((picture[c] ?? 0) - (truth[c] ?? 0)) ** 2;
      this.#count("whole", sum);
      if (region & BAND) this.#count("band", sum);
      if (region & HIDDEN) this.#count("hidden", sum);
      if (region === SHOWN) this.#count("rest", sum);
    }
  }

  get decibels(): Decibels {
    const of = (part: Part) =>
      this.#pixels[part] < FEWEST_PIXELS
        ? Number.NaN
        : 10 * Math.log10((255 ** 2 * 3 * this.#pixels[part]) / Math.max(1e-9, this.#sums[part]));
    return { whole: of("whole"), band: of("band"), hidden: of("hidden"), rest: of("rest") };
  }

  #count(part: Part, sum: number): void {
    this.#sums[part] += sum;
    this.#pixels[part] += 1;
  }
}

/** The mean of the values that are numbers. */
export function meanOf(values: readonly number[]): number {
  const known = values.filter(Number.isFinite);
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
