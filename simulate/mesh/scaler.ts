/**
 * Scales a pool on its orders: up at once, by at most the double or four workers at each look (the
 * default of Kubernetes); down to the most that was wanted within the cooldown.
 */
import type { Simulation } from "../engine/simulation.js";
import type { Pool } from "./pool.js";
import type { Scaling } from "./pool-options.js";

const LEAST_STEP = 4;

export class Scaler {
  readonly #scaling: Scaling;
  /** What was wanted at the looks of the cooldown, the oldest first. */
  readonly #wanted: number[] = [];

  constructor(scaling: Scaling) {
    this.#scaling = scaling;
  }

  /** The number of workers to have, for `orders` and now `workers`. */
  decide(orders: number, workers: number): number {
    const { least, most, target, everySeconds, cooldownSeconds } = this.#scaling;
    const wanted = Math.min(most, Math.max(least, Math.ceil(orders / target)));
    this.#wanted.push(wanted);
    if (this.#wanted.length > Math.max(1, cooldownSeconds / everySeconds)) this.#wanted.shift();
    if (wanted > workers) return Math.min(wanted, Math.max(2 * workers, workers + LEAST_STEP));
    return Math.min(workers, Math.max(...this.#wanted));
  }
}

/** Looks at the pool again and again. */
export function keepScaled(simulation: Simulation, pool: Pool, scaling: Scaling): void {
  const scaler = new Scaler(scaling);
  const look = () => {
    pool.scaleTo(scaler.decide(pool.orders, pool.size));
    simulation.after(scaling.everySeconds, look);
  };
  simulation.after(scaling.everySeconds, look);
}
