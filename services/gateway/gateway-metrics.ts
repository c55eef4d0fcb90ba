/** What the gateway tells about the mesh when somebody reads its metrics. */

import { offerFreeDisk } from "../../kit/telemetry/free-disk.js";
import { lookedAtOnce } from "../../kit/telemetry/looked-at-once.js";
import { increment, offerMetric } from "../../kit/telemetry/metrics.js";
import { LANES } from "../../pipeline/stages.js";
import type { GatewayContext } from "./context.js";
import type { Maintenance } from "./maintenance/maintenance.js";
import { offerQueueMetrics } from "./queue-metrics.js";

const LIVE_STATES = ["QUEUED", "DEPTH", "RENDER", "ENCODE"] as const;

export function offerGatewayMetrics(
  { bus, blobs, config }: Pick<GatewayContext, "bus" | "blobs" | "config">,
  maintenance: Pick<Maintenance, "index" | "uploads">,
): void {
  offerQueueMetrics(bus);
  if (config.blobStore === "file") offerFreeDisk("blobs", config.blobFolder);
  const used = lastKnown(() => blobs.usedBytes(), config.sweepMs);
  offerMetric("depthmesh.blobs.size", used);
  for (const lane of LANES) increment("depthmesh.jobs.accepted", { "depthmesh.lane": lane }, 0);
  offerMetric("depthmesh.jobs.live", () => {
    const counts = maintenance.index.countLive();
    return LIVE_STATES.map((state) => ({
      value: counts.get(state) ?? 0,
      attributes: { "depthmesh.job.state": state },
    }));
  });
  offerMetric("depthmesh.uploads", () => {
    const { open, finished } = maintenance.uploads.countByState();
    return [
      { value: open, attributes: { "depthmesh.upload.state": "open" } },
      { value: finished, attributes: { "depthmesh.upload.state": "finished" } },
    ];
  });
}

/** What `look` has found last. It is not waited for: whoever reads again finds the result. */
export function lastKnown(look: () => Promise<number>, everyMs: number) {
  let known: number | undefined;
  const begin = lookedAtOnce(() => {
    look().then(
      (value) => {
        known = value;
      },
      () => {
        known = undefined;
      },
    );
  }, everyMs);
  return () => {
    begin();
    return known === undefined ? [] : [{ value: known }];
  };
}
