/** Waits for a cluster of nats-servers that is being started, or has lost servers. */
import { pause } from "../../kit/async/delay.js";
import { clusterTrouble } from "../../kit/nats/bus-errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { SaidWait } from "../../kit/nats/said-wait.js";
import type { Copies } from "./ensure-stream.js";

const RETRY_MS = 500;

/**
 * The result of `make`, which makes streams. Waits without a limit, and says for what, while the
 * cluster has no leader or fewer servers than copies are asked for. Throws an Error that names the
 * setting where the server is in no cluster, and what waiting does not change.
 */
export async function untilClusterCan<T>(
  bus: Bus,
  { replicas, placementTags }: Copies,
  make: () => Promise<T>,
): Promise<T> {
  const wait = new SaidWait(bus.log, "no answer yet from JetStream");
  const tags = placementTags.length === 0 ? "" : ` with the tags ${placementTags.join(", ")}`;
  try {
    for (;;) {
      try {
        return await make();
      } catch (error) {
        const trouble = clusterTrouble(error);
        switch (trouble?.kind) {
          case undefined:
            throw error;
          case "no-cluster":
            throw new Error(
              `DEPTHMESH_NATS_REPLICAS is ${replicas}, but nats-server is in no cluster (${trouble.says}): set 1, or connect to a cluster of ${replicas} servers`,
              { cause: error },
            );
          case "too-few-servers":
            wait.reason = `the cluster has fewer servers${tags} than the ${replicas} of DEPTHMESH_NATS_REPLICAS (${trouble.says})`;
            break;
          case "no-leader":
            wait.reason = `JetStream has no leader, or too few servers of the cluster are there (${trouble.says})`;
        }
        await pause(RETRY_MS);
      }
    }
  } finally {
    wait.end();
  }
}
