/** From the publish of an order to the start of its handler, at a steady rate of jobs. */
import { STAGES, type Stage } from "../../pipeline/nats/subjects.js";
import { percentile } from "../../testing/statistics.js";
import { type Figure, rounded } from "../report.js";
import type { BusMesh } from "./bus-mesh.js";
import { nowMs } from "./messages.js";

const PER_SECOND = 50;
const SECONDS = 25;

export interface Dispatch {
  /** 95th percentile over the orders of all stages. */
  readonly p95Ms: number;
  readonly figures: readonly Figure[];
}

export async function measureDispatch(mesh: BusMesh, name: string): Promise<Dispatch> {
  await mesh.stages.ask({});
  const published = observePublishes(mesh);
  const jobs = PER_SECOND * SECONDS;
  await mesh.acceptor.ask({ kind: "steady", jobs, perSecond: PER_SECOND });
  const latencies: Record<Stage, number[]> = { depth: [], render: [], encode: [] };
  for (const { stage, orderId, atMs } of await mesh.stages.ask({})) {
    const publishedAtMs = published.times.get(orderId);
    if (publishedAtMs !== undefined) latencies[stage].push(atMs - publishedAtMs);
  }
  published.stop();
  const figure = (metric: string, value: number): Figure => ({
    bench: "mesh",
    case: name,
    metric,
    value: rounded(value),
    unit: "ms",
  });
  const figures = STAGES.flatMap((stage) =>
    [0.5, 0.95].map((p) =>
      figure(
        `dispatch of ${stage} at ${PER_SECOND} jobs/s, p${100 * p}`,
        percentile(latencies[stage], p),
      ),
    ),
  );
  return { p95Ms: percentile(Object.values(latencies).flat(), 0.95), figures };
}

/** When each order was published, as a subscriber sees it: orders reach this one while the stream stores them. */
function observePublishes({ bus }: BusMesh) {
  const times = new Map<string, number>();
  const subscription = bus.connection.subscribe("dm.v1.work.>", {
    callback: (error, message) => {
      if (!error) times.set(message.json<{ orderId: string }>().orderId, nowMs());
    },
  });
  return { times, stop: () => subscription.unsubscribe() };
}
