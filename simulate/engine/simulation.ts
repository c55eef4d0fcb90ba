/** The clock of a simulation, which jumps from event to event. */
import { type Event, EventQueue } from "./event-queue.js";

export class Simulation {
  readonly #queue = new EventQueue();
  #nowSeconds = 0;
  #happened = 0;

  /** Since the beginning. */
  get nowSeconds(): number {
    return this.#nowSeconds;
  }

  /** Number of events that have happened. */
  get happened(): number {
    return this.#happened;
  }

  /** Throws RangeError for a moment that has passed or is no number. */
  at(seconds: number, event: Event): void {
    if (!(seconds >= this.#nowSeconds))
      throw new RangeError(`an event at ${seconds} s, but it is ${this.#nowSeconds} s`);
    this.#queue.add(seconds, event);
  }

  after(delaySeconds: number, event: Event): void {
    this.at(this.#nowSeconds + delaySeconds, event);
  }

  /** Lets happen all that happens until then; the clock is there afterwards. */
  run(untilSeconds: number): void {
    while (this.#queue.nextSeconds <= untilSeconds) {
      this.#nowSeconds = this.#queue.nextSeconds;
      this.#happened += 1;
      this.#queue.take()();
    }
    this.#nowSeconds = untilSeconds;
  }

  /** Lets happen all that happens until `isOver`, at most until then. Returns the moment. */
  runWhile(goesOn: () => boolean, untilSeconds: number): number {
    while (goesOn() && this.#queue.nextSeconds <= untilSeconds) {
      this.#nowSeconds = this.#queue.nextSeconds;
      this.#happened += 1;
      this.#queue.take()();
    }
    return this.#nowSeconds;
  }
}
