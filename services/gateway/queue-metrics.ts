/**
 * How many orders wait and are worked on, and for how long: asked of NATS when metrics are read.
 */
import { isNotFound } from "../../kit/nats/bus-errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { lookedAtOnce } from "../../kit/telemetry/looked-at-once.js";
import { offerMetric } from "../../kit/telemetry/metrics.js";
import { LANES, type Lane, STAGES, type Stage } from "../../pipeline/stages.js";
import { workConsumer, workStream, workSubject } from "../../pipeline/topology/names.js";

/** Readers that come at nearly the same time share one look. */
const LOOK_MS = 1_000;

interface Queue {
  readonly stage: Stage;
  readonly lane: Lane;
  readonly pending: number;
  readonly ackPending: number;
  /** Of the oldest order that is not acknowledged; 0 without one. */
  readonly oldestSeconds: number;
}

export function offerQueueMetrics(bus: Pick<Bus, "manager">): void {
  const queues = lookedAtOnce(() => readQueues(bus), LOOK_MS);
  const offer = (name: QueueMetric, figure: (queue: Queue) => number) =>
    offerMetric(name, async () =>
      (await queues()).map((queue) => ({
        value: figure(queue),
        attributes: { "depthmesh.stage": queue.stage, "depthmesh.lane": queue.lane },
      })),
    );
  offer("depthmesh.orders.pending", ({ pending }) => pending);
  offer("depthmesh.orders.ack_pending", ({ ackPending }) => ackPending);
  offer("depthmesh.orders.oldest_age", ({ oldestSeconds }) => oldestSeconds);
}

type QueueMetric =
  | "depthmesh.orders.pending"
  | "depthmesh.orders.ack_pending"
  | "depthmesh.orders.oldest_age";

/** Nine requests, and one more for each lane that is not empty. Throws BUS_UNAVAILABLE. */
export function readQueues(bus: Pick<Bus, "manager">): Promise<Queue[]> {
  return Promise.all(STAGES.flatMap((stage) => LANES.map((lane) => readQueue(bus, stage, lane))));
}

async function readQueue({ manager }: Pick<Bus, "manager">, stage: Stage, lane: Lane) {
  const info = await manager.consumers.info(workStream(stage), workConsumer(stage, lane));
  const { num_pending: pending, num_ack_pending: ackPending } = info;
  const isEmpty = pending + ackPending === 0;
  const oldestSeconds = isEmpty ? 0 : await oldestAge(manager, stage, lane);
  return { stage, lane, pending, ackPending, oldestSeconds };
}

/** An acknowledged order leaves its stream, so the first one of the lane is the oldest. */
async function oldestAge(manager: Bus["manager"], stage: Stage, lane: Lane): Promise<number> {
  try {
    const query = { seq: 1, next_by_subj: workSubject(stage, lane) };
    const { time } = await manager.streams.getMessage(workStream(stage), query);
    return Math.max(0, Date.now() - time.getTime()) / 1000;
  } catch (error) {
    if (isNotFound(error)) return 0;
    throw error;
  }
}
