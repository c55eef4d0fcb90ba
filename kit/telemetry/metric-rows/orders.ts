/** Metrics of orders on NATS, of the slots that take them and of what fails on the way. */
import { type MetricRows, ON_BUS, WORK, WORKERS } from "./row.js";

export const ORDERS_METRICS = {
  "messaging.client.sent.messages": {
    instrument: "counter",
    unit: "{message}",
    description: "Orders that this process has published",
    attributes: ["messaging.system.name", "messaging.operation.name", "messaging.destination.name"],
    services: ON_BUS,
    appearsWith: "the first order; encode publishes none",
  },
  "messaging.client.consumed.messages": {
    instrument: "counter",
    unit: "{message}",
    description: "Orders that were delivered to this process, and what became of them",
    attributes: [
      ...([
        "messaging.system.name",
        "messaging.operation.name",
        "messaging.destination.name",
      ] as const),
      "depthmesh.order.outcome",
    ],
    services: WORKERS,
    appearsWith: "the first order",
  },
  "messaging.process.duration": {
    instrument: "histogram",
    unit: "s",
    description:
      "Duration of one attempt of a stage, from the lease to the commit or the failure; error.type is absent where it succeeded",
    attributes: [
      ...([
        "messaging.system.name",
        "messaging.operation.name",
        "messaging.destination.name",
      ] as const),
      ...(["depthmesh.stage", "error.type"] as const),
    ],
    services: WORKERS,
    buckets: WORK,
    exemplars: true,
    appearsWith: "the first order",
  },
  "depthmesh.orders.pending": {
    instrument: "gauge",
    unit: "{order}",
    description: "Orders that wait for a worker. Each gateway tells the same: use max, not sum",
    attributes: ["depthmesh.stage", "depthmesh.lane"],
    services: ["gateway"],
  },
  "depthmesh.orders.ack_pending": {
    instrument: "gauge",
    unit: "{order}",
    description:
      "Orders that a worker holds, or that wait for their next delivery. Each gateway tells the same",
    attributes: ["depthmesh.stage", "depthmesh.lane"],
    services: ["gateway"],
  },
  "depthmesh.orders.oldest_age": {
    instrument: "gauge",
    unit: "s",
    description:
      "Age of the oldest order that is not acknowledged, 0 without one. Each gateway tells the same",
    attributes: ["depthmesh.stage", "depthmesh.lane"],
    services: ["gateway"],
  },
  "depthmesh.slots": {
    instrument: "gauge",
    unit: "{slot}",
    description: "Slots of this worker: how many orders it works on at once",
    attributes: ["depthmesh.stage", "depthmesh.slot.state"],
    services: WORKERS,
  },
  "depthmesh.stage.retries": {
    instrument: "counter",
    unit: "{attempt}",
    description: "Attempts of a stage that failed or were given back, and that follow again",
    attributes: ["depthmesh.stage", "depthmesh.failure", "error.type"],
    services: WORKERS,
    appearsWith: "the first such failure",
  },
  "depthmesh.leases.lost": {
    instrument: "counter",
    unit: "{lease}",
    description: "Attempts that ended because another worker had taken the stage over",
    attributes: ["depthmesh.stage"],
    services: WORKERS,
  },
  "depthmesh.dead_letters": {
    instrument: "counter",
    unit: "{job}",
    description: "Jobs that this worker has given up",
    attributes: ["depthmesh.stage", "error.type"],
    services: WORKERS,
    appearsWith: "the first job that is given up",
  },
} as const satisfies MetricRows;
