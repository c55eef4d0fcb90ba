/** When jobs come: independent ones at a steady or a daily rate, and bursts. */
import type { Random } from "../engine/random.js";
import type { Simulation } from "../engine/simulation.js";

export type Arrivals =
  | { readonly kind: "steady"; readonly perHour: number }
  /**
   * A wave of 24 hours that begins at its lowest. `peak` is the highest rate over the mean, from 1
   * to 2.
   */
  | { readonly kind: "daily"; readonly perHour: number; readonly peak: number }
  | { readonly kind: "burst"; readonly jobs: number; readonly atHour: number };

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** Jobs per second at a moment; 0 for a burst. */
export function ratePerSecond(arrivals: Arrivals, atSeconds: number): number {
  if (arrivals.kind === "burst") return 0;
  const mean = arrivals.perHour / HOUR_SECONDS;
  if (arrivals.kind === "steady") return mean;
  const wave = -Math.cos((2 * Math.PI * atSeconds) / DAY_SECONDS);
  return mean * (1 + (arrivals.peak - 1) * wave);
}

/** Calls `accept` for each job until `untilSeconds`. */
export function beginArrivals(
  simulation: Simulation,
  arrivals: Arrivals,
  untilSeconds: number,
  random: Random,
  accept: () => void,
): void {
  if (arrivals.kind === "burst") {
    const { jobs, atHour } = arrivals;
    const all = () => {
      for (let job = 0; job < jobs; job++) accept();
    };
    if (atHour * HOUR_SECONDS <= untilSeconds) simulation.at(atHour * HOUR_SECONDS, all);
    return;
  }
  // By thinning: as many as at the highest rate, of which a part comes.
  const peak = arrivals.kind === "daily" ? arrivals.peak : 1;
  const mostPerSecond = (peak * arrivals.perHour) / HOUR_SECONDS;
  if (!(mostPerSecond > 0)) return;
  const nextSeconds = () => {
    let atSeconds = simulation.nowSeconds;
    do atSeconds -= Math.log(1 - random()) / mostPerSecond;
    while (random() * mostPerSecond >= ratePerSecond(arrivals, atSeconds));
    return atSeconds;
  };
  const comes = () => {
    accept();
    next();
  };
  const next = () => {
    const atSeconds = nextSeconds();
    if (atSeconds <= untilSeconds) simulation.at(atSeconds, comes);
  };
  next();
}
