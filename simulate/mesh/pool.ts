/**
 * The workers of a stage: each has slots, takes an order for each free one, starts with a delay,
 * and can be drained or lost.
 */
import type { Random } from "../engine/random.js";
import type { Simulation } from "../engine/simulation.js";
import { Durations } from "../results/durations.js";
import { Level } from "../results/level.js";
import { OrderLanes } from "./order-lanes.js";
import type { PoolOptions } from "./pool-options.js";
import type { Attempt, Order, Work } from "./work.js";
import { Worker } from "./worker.js";

export interface PoolParts {
  readonly simulation: Simulation;
  readonly random: Random;
  /** An order was taken: begin the work. `release` must be called when the slot is free. */
  readonly begin: (attempt: Attempt) => void;
  /** The work of an attempt has ended without effect; `isLost` with its worker. */
  readonly ended: (attempt: Attempt, isLost: boolean) => void;
}

export class Pool {
  readonly options: PoolOptions;
  readonly #parts: PoolParts;
  readonly #orders = new OrderLanes();
  readonly #workers: Worker[] = [];
  /** A worker for each of its free slots; those that are not ready any more are skipped. */
  readonly #free: Worker[] = [];
  /** From an order's publication to its take. */
  readonly waits = new Durations();
  readonly waiting = new Level();
  readonly busySlots = new Level();
  readonly readySlots = new Level();
  /** All that cost money: also those that start or drain. */
  readonly workers = new Level();
  lostWorkers = 0;
  /** Slot seconds of attempts that had no effect. */
  wastedSeconds = 0;

  constructor(options: PoolOptions, parts: PoolParts) {
    this.options = options;
    this.#parts = parts;
    for (let worker = 0; worker < options.workers; worker++) this.#start(0);
  }

  /** Workers that start or are ready. */
  get size(): number {
    return this.#workers.length;
  }

  /** Orders that wait or are held, as the scaler of a real mesh reads them. */
  get orders(): number {
    return this.waiting.value + this.busySlots.value;
  }

  add(work: Work, isAgain = false): void {
    const waitsSinceSeconds = this.#parts.simulation.nowSeconds;
    const order = { work, generation: work.generation, waitsSinceSeconds };
    this.waiting.add(1, waitsSinceSeconds);
    if (isAgain) this.#orders.addFirst(order);
    else this.#orders.add(order);
    this.#fill();
  }

  /** The slot of an attempt is free again. */
  release(attempt: Attempt): void {
    const { worker } = attempt;
    attempt.isLive = false;
    if (!worker.attempts.delete(attempt)) return;
    this.busySlots.add(-1, this.#parts.simulation.nowSeconds);
    if (worker.state === "ready") {
      this.#free.push(worker);
      this.#fill();
    } else if (worker.state === "draining" && worker.attempts.size === 0) this.#goes(worker);
  }

  /** An attempt has no effect any more, though its worker lives. */
  abandon(attempt: Attempt): void {
    this.#waste(attempt);
    this.release(attempt);
  }

  /** Starts or drains workers, those that came last first. */
  scaleTo(workers: number): void {
    while (this.#workers.length < workers) this.#start(this.options.startSeconds);
    while (this.#workers.length > workers) {
      const worker = this.#workers.pop();
      if (worker) this.#drain(worker);
    }
  }

  #start(delaySeconds: number): void {
    const { simulation, random } = this.#parts;
    const worker = new Worker(() => simulation.nowSeconds);
    this.#workers.push(worker);
    this.workers.add(1, simulation.nowSeconds);
    const ready = () => {
      if (worker.state !== "starting") return;
      worker.state = "ready";
      this.readySlots.add(this.options.slots, simulation.nowSeconds);
      for (let slot = 0; slot < this.options.slots; slot++) this.#free.push(worker);
      this.#fill();
    };
    if (delaySeconds === 0 && simulation.nowSeconds === 0) ready();
    else simulation.after(delaySeconds, ready);
    const { lifeSeconds } = this.options;
    if (lifeSeconds) simulation.after(lifeSeconds.draw(random), () => this.#lose(worker));
  }

  /** It vanishes without a word. What supervises the pool starts another one. */
  #lose(worker: Worker): void {
    if (worker.state === "gone") return;
    const wasWanted = worker.state !== "draining";
    const attempts = [...worker.attempts];
    worker.attempts.clear();
    this.busySlots.add(-attempts.length, this.#parts.simulation.nowSeconds);
    this.lostWorkers += 1;
    this.#goes(worker);
    for (const attempt of attempts) {
      attempt.isLive = false;
      this.#waste(attempt);
      this.#parts.ended(attempt, true);
    }
    if (!wasWanted) return;
    this.#workers.splice(this.#workers.indexOf(worker), 1);
    this.#start(this.options.startSeconds);
  }

  #drain(worker: Worker): void {
    const { simulation } = this.#parts;
    if (worker.state === "starting") {
      this.#goes(worker);
      return;
    }
    this.readySlots.add(-this.options.slots, simulation.nowSeconds);
    worker.state = "draining";
    if (worker.attempts.size === 0) {
      this.#goes(worker);
      return;
    }
    simulation.after(this.options.drainSeconds, () => {
      for (const attempt of [...worker.attempts]) {
        this.abandon(attempt);
        this.#parts.ended(attempt, false);
      }
    });
  }

  #goes(worker: Worker): void {
    const { nowSeconds } = this.#parts.simulation;
    if (worker.state === "ready") this.readySlots.add(-this.options.slots, nowSeconds);
    worker.state = "gone";
    this.workers.add(-1, nowSeconds);
  }

  #waste({ sinceSeconds }: Attempt): void {
    this.wastedSeconds += this.#parts.simulation.nowSeconds - sinceSeconds;
  }

  #fill(): void {
    while (this.#orders.size > 0) {
      const worker = this.#anyFree();
      if (!worker) return;
      const order = this.#orders.take(worker.lanes);
      if (order) this.#begin(worker, order);
    }
  }

  /** All free slots hear of a new order, and none is the first more often than another. */
  #anyFree(): Worker | undefined {
    for (;;) {
      const last = this.#free.pop();
      if (!last) return undefined;
      const index = Math.floor(this.#parts.random() * (this.#free.length + 1));
      const chosen = this.#free[index] ?? last;
      if (chosen !== last) this.#free[index] = last;
      if (chosen.state === "ready") return chosen;
    }
  }

  #begin(worker: Worker, order: Order): void {
    const sinceSeconds = this.#parts.simulation.nowSeconds;
    this.waiting.add(-1, sinceSeconds);
    this.busySlots.add(1, sinceSeconds);
    this.waits.add(sinceSeconds - order.waitsSinceSeconds);
    const attempt = { order, worker, sinceSeconds, isLive: true };
    worker.attempts.add(attempt);
    this.#parts.begin(attempt);
  }
}
