/**
 * Sends what is due. Each gateway follows all deliveries; which one sends is decided by a claim in
 * the delivery. It waits for receivers apart from everything else that the gateway does.
 */
import { onAbort } from "../../../kit/async/abort.js";
import { pause } from "../../../kit/async/delay.js";
import type { Log } from "../../../kit/log.js";
import { failpoint } from "../../../kit/process/failpoint.js";
import {
  type Delivery,
  type DeliveryStore,
  type FoundDelivery,
  webhookOfKey,
} from "./deliveries.js";
import type { Failure, FailureKey } from "./failures.js";
import { Lane, type Taken } from "./lane.js";
import { MAX_ATTEMPTS, type Outcome, type Schedule, verdictOn } from "./schedule.js";
import type { StoredWebhook } from "./webhook.js";

/** Messages that one gateway sends at once. */
const MAX_RUNNING = 128;
/**
 * Longer than an attempt. A claim counts from when it is seen, not by the clock of the gateway that
 * made it.
 */
const CLAIM_MS = 20_000;
const RETRY_MS = 1_000;
/** Writes of an outcome while NATS does not answer: what was sent is sent again after that. */
const SETTLE_TRIES = 15;
/** A receiver that asks for a longer pause gets it for the message, not for all of them. */
const MAX_PAUSE_MS = 3_600_000;
/** How long running attempts get to end when the process drains. */
const DRAIN_MS = 4_000;

/** Time, which tests make. */
export interface Clock {
  now(): number;
  /** Calls `act` at `atMs`, or earlier; the returned function prevents it. */
  at(atMs: number, act: () => void): () => void;
}

export interface DispatcherParts {
  readonly deliveries: DeliveryStore;
  readonly failures: {
    put(failure: Failure): Promise<void>;
    remove(key: FailureKey): Promise<void>;
  };
  readonly webhooks: {
    read(id: string): Promise<StoredWebhook | undefined>;
    disable(id: string, atMs: number): Promise<void>;
    onGone(listener: (id: string) => void): void;
  };
  /** Sends once. Never throws. */
  readonly send: (
    webhook: StoredWebhook,
    delivery: Delivery,
    signal: AbortSignal,
  ) => Promise<Outcome>;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly log: Log;
}

export class Dispatcher {
  readonly #parts: DispatcherParts;
  /** By webhook; the one that was served last is the last. */
  readonly #lanes = new Map<string, Lane>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #stopTimer: () => void = () => {};

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    parts.webhooks.onGone((id) => this.#lanes.get(id)?.abort());
  }

  start(): void {
    void this.#follow();
  }

  /** Takes no more, and waits a moment for what runs. */
  async drain(): Promise<void> {
    this.#stop.abort();
    this.#stopTimer();
    const allEnded = new AbortController();
    const running = Promise.all(this.#running).then(() => allEnded.abort());
    await pause(DRAIN_MS, allEnded.signal);
    for (const lane of this.#lanes.values()) lane.abort();
    await running;
  }

  async #follow(): Promise<void> {
    for await (const change of this.#parts.deliveries.watch(this.#stop.signal)) {
      const { key } = change;
      if (change.kind === "waiting") this.#put(this.#laneOf(key), key, change.found);
      else this.#lanes.get(webhookOfKey(key))?.remove(key);
      this.#wake();
    }
  }

  #put(lane: Lane, key: string, { delivery, revision }: FoundDelivery): void {
    const { isClaimed, nextAtMs } = delivery;
    lane.put(key, revision, isClaimed ? this.#parts.clock.now() + CLAIM_MS : nextAtMs);
  }

  #laneOf(key: string): Lane {
    const webhook = webhookOfKey(key);
    const lane = this.#lanes.get(webhook) ?? new Lane();
    this.#lanes.set(webhook, lane);
    return lane;
  }

  /** Begins what is due, one of each webhook in turn, and sets the timer for the next. */
  #wake(): void {
    this.#stopTimer();
    if (this.#stop.signal.aborted) return;
    const nowMs = this.#parts.clock.now();
    let hasBegun = true;
    while (hasBegun && this.#running.size < MAX_RUNNING) {
      hasBegun = false;
      for (const [webhook, lane] of [...this.#lanes]) {
        if (this.#running.size >= MAX_RUNNING) break;
        const taken = lane.take(nowMs);
        if (taken) {
          hasBegun = true;
          this.#lanes.delete(webhook);
          this.#lanes.set(webhook, lane);
          this.#begin(lane, taken);
        } else if (lane.isEmpty) this.#lanes.delete(webhook);
      }
    }
    // Where all places are taken, the end of one wakes.
    if (this.#running.size >= MAX_RUNNING) return;
    const nextAtMs = Math.min(...[...this.#lanes.values()].map((lane) => lane.nextAtMs()));
    if (nextAtMs === Number.POSITIVE_INFINITY) return;
    this.#stopTimer = this.#parts.clock.at(nextAtMs, () => this.#wake());
  }

  #begin(lane: Lane, taken: Taken): void {
    const { key, revision } = taken;
    const run = this.#deliver(lane, taken)
      .catch((error) => {
        this.#parts.log.warn({ err: error, delivery: key }, "webhook not sent; trying again");
        lane.put(key, revision, this.#parts.clock.now() + RETRY_MS);
        return undefined;
      })
      .then((wasTaken) => {
        this.#running.delete(run);
        lane.end(key, wasTaken);
        this.#wake();
      });
    this.#running.add(run);
  }

  /** Whether the receiver has taken it; undefined if it was not sent. Throws BUS_UNAVAILABLE. */
  async #deliver(lane: Lane, taken: Taken): Promise<boolean | undefined> {
    const { key, signal } = taken;
    const { deliveries, webhooks, send } = this.#parts;
    const found = await deliveries.read(key);
    if (!found) return undefined;
    const { delivery, revision } = found;
    if (revision !== taken.revision) {
      // It has changed since: another gateway has it, perhaps.
      this.#put(lane, key, found);
      return undefined;
    }
    const webhook = await webhooks.read(delivery.webhook);
    if (!webhook || webhook.disabledAtMs !== undefined) {
      await deliveries.finish(key, revision);
      return undefined;
    }
    if (delivery.attempts >= MAX_ATTEMPTS) {
      await this.#giveUp(delivery, revision, key);
      return undefined;
    }
    const claimed = { ...delivery, attempts: delivery.attempts + 1, isClaimed: true };
    const claim = await deliveries.replace(claimed, revision);
    if (claim === undefined) {
      // Another gateway was faster, or the reader behind.
      lane.put(key, revision, this.#parts.clock.now() + RETRY_MS);
      return undefined;
    }
    failpoint("before-webhook", delivery.job);
    const outcome = await send(webhook, claimed, signal);
    failpoint("after-webhook-before-settle", delivery.job);
    if (this.#stop.signal.aborted && signal.aborted && outcome.status === 0) {
      // This gateway had no time for it, which is no failure of the receiver: another one sends it.
      await deliveries.replace({ ...delivery, isClaimed: false }, claim);
      return undefined;
    }
    await this.#settle(lane, key, claimed, claim, outcome);
    return outcome.error === "";
  }

  async #settle(
    lane: Lane,
    key: string,
    delivery: Delivery,
    revision: number,
    outcome: Outcome,
  ): Promise<void> {
    const { clock, schedule, deliveries, failures, webhooks, log } = this.#parts;
    const nowMs = clock.now();
    const { webhook, job, attempts } = delivery;
    const facts = { webhook, job, attempts, status: outcome.status };
    const verdict = verdictOn(outcome, delivery, nowMs, schedule);
    if (outcome.retryAfterMs !== undefined) {
      lane.pause(nowMs + Math.min(outcome.retryAfterMs, MAX_PAUSE_MS));
    }
    await this.#persist(async () => {
      const { status: lastStatus, error: lastError } = outcome;
      const tried = { ...delivery, isClaimed: false, lastStatus, lastError };
      switch (verdict.kind) {
        case "retry":
          await deliveries.replace({ ...tried, nextAtMs: verdict.atMs }, revision);
          break;
        case "gone":
          await webhooks.disable(webhook, nowMs);
          await deliveries.finish(key, revision);
          break;
        case "given-up":
          await this.#giveUp(tried, revision, key);
          break;
        case "delivered":
          // It may still be listed, if the gateway that was told to send it again has died.
          if (delivery.isRedelivery) await failures.remove(delivery);
          await deliveries.finish(key, revision);
      }
    });
    if (verdict.kind === "delivered") log.info(facts, "webhook delivered");
    else if (verdict.kind === "retry") log.info(facts, "webhook not taken; it is sent again");
    else log.warn(facts, verdict.kind === "gone" ? "webhook disabled" : "webhook given up");
  }

  /** First the failure, then the end of the delivery: a crash in between repeats both. */
  async #giveUp(delivery: Delivery, revision: number, key: string): Promise<void> {
    const { tenant, webhook, job, body, attempts, lastStatus, lastError } = delivery;
    const atMs = this.#parts.clock.now();
    await this.#parts.failures.put({
      ...{ tenant, webhook, job, body, attempts, lastStatus, lastError, atMs },
    });
    failpoint("after-webhook-failure", job);
    await this.#parts.deliveries.finish(key, revision);
  }

  /** A short while, unless the process drains. */
  #rest(): Promise<void> {
    const { clock } = this.#parts;
    return new Promise((resolve) => {
      const cancel = clock.at(clock.now() + RETRY_MS, () => {
        stopListening();
        resolve();
      });
      const stopListening = onAbort(this.#stop.signal, () => {
        cancel();
        resolve();
      });
    });
  }

  /** What was sent is not sent again only because NATS is away for a moment. */
  async #persist(write: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await write();
        return;
      } catch (error) {
        if (tries === SETTLE_TRIES || this.#stop.signal.aborted) throw error;
        await this.#rest();
      }
    }
  }
}
