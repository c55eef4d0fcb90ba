/** Time that a test makes: hours pass at once. */
import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../services/gateway/webhooks/dispatcher.js";

/** Turns of the event loop in which everything that can go on without time does so. */
const TURNS = 20;

export class MadeClock implements Clock {
  #nowMs: number;
  readonly #alarms = new Set<{ readonly atMs: number; readonly act: () => void }>();

  /** Unix milliseconds. */
  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  at(atMs: number, act: () => void): () => void {
    const alarm = { atMs, act };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let i = 0; i < TURNS; i++) await turn();
  }

  /** Lets this time pass, alarm by alarm; it stops early where `isEnough` says so. */
  async pass(ms: number, isEnough = () => false): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await this.settle();
    for (;;) {
      const next = [...this.#alarms].sort((a, b) => a.atMs - b.atMs)[0];
      if (isEnough()) return;
      if (!next || next.atMs > untilMs) break;
      this.#alarms.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.act();
      await this.settle();
    }
    this.#nowMs = untilMs;
  }
}
