/** Waiting for what the gateway makes on NATS: the streams, consumers and buckets that a service works with. */
import { pause } from "../../kit/async/delay.js";
import type { Bus } from "../../kit/nats/connect.js";
import { type Buckets, bindBuckets } from "./buckets.js";
import {
  bucketStream,
  DEPTH_MAPS_BUCKET,
  JOBS_BUCKET,
  LANES,
  RESULTS_BUCKET,
  type Stage,
  WORKERS_BUCKET,
  workConsumer,
  workStream,
} from "./subjects.js";

const POLL_MS = 250;
const LOG_EVERY_MS = 10_000;

/** What each stage uses; deploy/nats-users.conf allows it no other bucket. */
const BUCKETS_OF: Readonly<Record<Stage, readonly string[]>> = {
  depth: [JOBS_BUCKET, DEPTH_MAPS_BUCKET, RESULTS_BUCKET],
  render: [JOBS_BUCKET, RESULTS_BUCKET],
  encode: [JOBS_BUCKET, RESULTS_BUCKET, WORKERS_BUCKET],
};

/** Waits, however long it takes, until everything that the stage uses exists. */
export const bindTo = (stage: Stage) => (bus: Bus) => bindTopology(bus, stage);

async function bindTopology(bus: Bus, stage: Stage): Promise<Buckets> {
  const needed = [
    ...LANES.map(
      (lane) => () => bus.manager.consumers.info(workStream(stage), workConsumer(stage, lane)),
    ),
    ...BUCKETS_OF[stage].map((name) => () => bus.manager.streams.info(bucketStream(name))),
  ];
  for (const look of needed) await untilAnswered(bus, look);
  return bindBuckets(bus);
}

async function untilAnswered(bus: Bus, look: () => Promise<unknown>): Promise<void> {
  let loggedAtMs = 0;
  for (;;) {
    try {
      await look();
      return;
    } catch (error) {
      if (Date.now() - loggedAtMs > LOG_EVERY_MS) {
        loggedAtMs = Date.now();
        bus.log.warn({ err: error }, "waiting for the gateway to set up NATS");
      }
      await pause(POLL_MS);
    }
  }
}
