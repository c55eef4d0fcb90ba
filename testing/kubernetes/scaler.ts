/**
 * Decides as KEDA and its HorizontalPodAutoscaler do how many workers a stage gets, by a
 * ScaledObject and the `/jsz` of a real nats-server. Of their rules it has those that a
 * ScaledObject of deploy/kubernetes uses, without limits of the rate.
 */
import assert from "node:assert/strict";
import type { ScaledObjectSpec, Trigger } from "./manifests.js";

interface Jsz {
  readonly account_details?: readonly {
    readonly id: string;
    readonly name: string;
    readonly stream_detail: readonly {
      readonly name: string;
      readonly consumer_detail?: readonly {
        readonly name: string;
        readonly num_pending: number;
        readonly num_ack_pending: number;
      }[];
    }[];
  }[];
}

export interface ScalerOptions {
  readonly spec: ScaledObjectSpec;
  /** Of KEDA's scaleDown behavior, in seconds. */
  readonly stabilizationSeconds: number;
  /** host:port of the nats-server's monitoring. */
  readonly monitor: string;
  /** Milliseconds that stand for a second of the ScaledObject, so that a test need not wait. */
  readonly msPerSecond: number;
}

export class Scaler {
  readonly #options: ScalerOptions;
  #activeAtMs = Number.NEGATIVE_INFINITY;
  #wanted: { readonly atMs: number; readonly replicas: number }[] = [];

  constructor(options: ScalerOptions) {
    this.#options = options;
  }

  /** The value of the formula now. */
  async value(): Promise<number> {
    const { spec } = this.#options;
    const lags = await Promise.all(
      spec.triggers.map(async (trigger) => [trigger.name, await this.#lagOf(trigger)] as const),
    );
    return sumOf(spec.advanced.scalingModifiers.formula, new Map(lags));
  }

  /** How many workers there shall be, where there are `current` now. */
  async replicas(current: number): Promise<number> {
    const { spec, msPerSecond } = this.#options;
    const { minReplicaCount: min, maxReplicaCount: max, cooldownPeriod } = spec;
    const { target, activationTarget } = spec.advanced.scalingModifiers;
    const value = await this.value();
    const nowMs = performance.now();
    if (value > Number(activationTarget)) this.#activeAtMs = nowMs;
    else if (min === 0 && nowMs - this.#activeAtMs >= cooldownPeriod * msPerSecond) {
      this.#wanted = [];
      return 0;
    }
    // Between 1 and the maximum the autoscaler decides, which knows no zero.
    const wanted = Math.min(max, Math.max(1, min, Math.ceil(value / Number(target))));
    this.#wanted.push({ atMs: nowMs, replicas: wanted });
    const windowMs = this.#options.stabilizationSeconds * msPerSecond;
    this.#wanted = this.#wanted.filter(({ atMs }) => nowMs - atMs <= windowMs);
    const highest = Math.max(...this.#wanted.map(({ replicas }) => replicas));
    return wanted >= current ? wanted : Math.min(current, highest);
  }

  /** As KEDA's scaler nats-jetstream counts: orders that wait and that workers hold. */
  async #lagOf({ type, metadata }: Trigger): Promise<number> {
    assert.equal(type, "nats-jetstream");
    const { account = "", stream = "", consumer = "" } = metadata;
    const query = new URLSearchParams({ acc: account, consumers: "true", config: "true" });
    const response = await fetch(`http://${this.#options.monitor}/jsz?${query}`);
    const { account_details: accounts = [] } = (await response.json()) as Jsz;
    const found = accounts
      .filter(({ id, name }) => id === account || name === account)
      .flatMap(({ stream_detail: streams }) => streams)
      .filter(({ name }) => name === stream)
      .flatMap(({ consumer_detail: consumers = [] }) => consumers)
      .find(({ name }) => name === consumer);
    assert.ok(found, `${stream} has no consumer ${consumer}`);
    return found.num_pending + found.num_ack_pending;
  }
}

/** The value of names with plus signs between: all that our formulas are made of. */
function sumOf(formula: string, values: ReadonlyMap<string, number>): number {
  const names = formula.split("+").map((name) => name.trim());
  return names.reduce((sum, name) => {
    const value = values.get(name);
    assert.ok(value !== undefined, `the formula "${formula}" has the unknown name "${name}"`);
    return sum + value;
  }, 0);
}
