/** What a worker measures about its orders, attempts and slots. */
import { increment, measure, offerMetric } from "../../kit/telemetry/metrics.js";
import type { Acquisition } from "../record/acquire.js";
import type { Stage } from "../stages.js";
import { workStream } from "../topology/names.js";
import type { FailureKind } from "./failure.js";

/** What became of an order that was delivered. */
export type OrderOutcome =
  | Acquisition["kind"]
  | NonNullable<Extract<Acquisition, { kind: "drop" }>["why"]>
  | "behind"
  | "unknown"
  | "invalid";

/** Of an order that was decided; undefined where the job has no record. */
export function outcomeOf(acquired: Acquisition | undefined): OrderOutcome {
  if (!acquired) return "unknown";
  return (acquired.kind === "drop" && acquired.why) || acquired.kind;
}

const messagingOf = (stage: Stage, operation: "publish" | "process") =>
  ({
    "messaging.system.name": "nats",
    "messaging.operation.name": operation,
    "messaging.destination.name": workStream(stage),
  }) as const;

export function countPublished(stage: Stage): void {
  increment("messaging.client.sent.messages", messagingOf(stage, "publish"));
}

export function countDelivered(stage: Stage, outcome: OrderOutcome): void {
  const attributes = { ...messagingOf(stage, "process"), "depthmesh.order.outcome": outcome };
  increment("messaging.client.consumed.messages", attributes);
}

/** An attempt that began at `begunAtMs` (performance.now) has ended, with an error of `reason`. */
export function measureAttempt(stage: Stage, begunAtMs: number, reason?: string): void {
  measure("messaging.process.duration", (performance.now() - begunAtMs) / 1000, {
    ...messagingOf(stage, "process"),
    "depthmesh.stage": stage,
    ...(reason !== undefined && { "error.type": reason }),
  });
}

export function countRetry(stage: Stage, kind: FailureKind, reason: string): void {
  const attributes = { "depthmesh.stage": stage, "depthmesh.failure": kind, "error.type": reason };
  increment("depthmesh.stage.retries", attributes);
}

export function countLost(stage: Stage): void {
  increment("depthmesh.leases.lost", { "depthmesh.stage": stage });
}

export function countGivenUp(stage: Stage, reason: string): void {
  increment("depthmesh.dead_letters", { "depthmesh.stage": stage, "error.type": reason });
}

export interface Slots {
  readonly slots: number;
  /** Orders that are worked on now. */
  running(): number;
  /** The worker takes no more. */
  isDraining(): boolean;
}

/** Offers the metrics of a worker, and makes its counters known before they count. */
export function offerWorkerMetrics(stage: Stage, { slots, running, isDraining }: Slots): void {
  offerMetric("depthmesh.slots", () => {
    const busy = running();
    const of = (state: "busy" | "free", value: number) => ({
      value,
      attributes: { "depthmesh.stage": stage, "depthmesh.slot.state": state },
    });
    return [of("busy", busy), of("free", isDraining() ? 0 : Math.max(0, slots - busy))];
  });
  increment("depthmesh.leases.lost", { "depthmesh.stage": stage }, 0);
}
