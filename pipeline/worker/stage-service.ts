/**
 * The whole process of a stage's service (depth, render or encode): connects the parts that all
 * three share (settings, blobs, result cache, worker loop) with those that the service builds
 * itself.
 */
import { RemoteBlobs } from "../../kit/blobs/remote.js";
import type { CommonConfig, ConfigOf } from "../../kit/config.js";
import { workerPort } from "../../kit/process/ports.js";
import { runMain } from "../../kit/process/run-main.js";
import { runService, type ServiceParts } from "../../kit/process/service.js";
import type { RpcService } from "../../kit/rpc/server.js";
import { ResultCache } from "../results/result-cache.js";
import type { WORKER_SETTINGS } from "../settings.js";
import type { Stage } from "../stages.js";
import { announceProcess } from "../topology/fleet.js";
import { type PipelineContext, stateOfStage } from "../topology/mesh-state.js";
import { offerWorkerMetrics } from "./stage-metrics.js";
import { StageWorker, type StageWorkerOptions } from "./stage-worker.js";

/** The settings that every stage has. */
export type StageConfig = CommonConfig & ConfigOf<typeof WORKER_SETTINGS>;

/** What a stage's service is built with. */
export type StageContext<C extends StageConfig> = PipelineContext<C> & {
  readonly blobs: RemoteBlobs;
  readonly results: ResultCache;
};

/** What a stage's service adds to the shared parts. */
export interface StageParts
  extends Pick<ServiceParts, "facts" | "currentFacts" | "close">,
    Pick<StageWorkerOptions, "handle" | "onTake" | "addressInLease"> {
  readonly services: readonly RpcService[];
  /** Orders are taken after it; where it rejects, none are. The service serves its calls before. */
  readonly takesOrdersAfter?: Promise<unknown>;
  /** Called before the first order is taken. */
  readonly onStart?: () => void;
  /** Called when the drain begins: no further order is taken. */
  readonly onDrain?: () => void;
}

/** The whole main of a stage's service; the process ends with it. */
export function runStage<C extends StageConfig>(
  stage: Stage,
  loadConfig: () => C,
  build: (context: StageContext<C>) => Promise<StageParts>,
): void {
  runMain(() =>
    runService(stage, loadConfig(), stateOfStage(stage), async (context) => {
      const { slots, leaseMs, stageDeadlineMs, retryBaseMs, gatewayAddress } = context.config;
      const blobs = new RemoteBlobs(gatewayAddress);
      const results = new ResultCache(context.buckets.results, blobs, context.log);
      const parts = await build({ ...context, blobs, results });
      const timing = { leaseMs, stageDeadlineMs, retryBaseMs };
      const worker = new StageWorker({ ...context, ...timing, ...parts, stage, slots });
      let isDraining = false;
      const running = () => worker.running;
      offerWorkerMetrics(stage, { slots, running, isDraining: () => isDraining });
      return {
        ports: workerPort(context.config, parts.services, context.access),
        slots,
        running,
        facts: parts.facts,
        ...(parts.currentFacts && { currentFacts: parts.currentFacts }),
        announce: (facts) => announceProcess(context.bus, context.buckets.fleet, facts),
        start: (address) => {
          parts.onStart?.();
          const begin = () => !isDraining && worker.start(address);
          if (parts.takesOrdersAfter) void parts.takesOrdersAfter.then(begin, () => {});
          else begin();
        },
        drain: (graceMs) => {
          isDraining = true;
          parts.onDrain?.();
          return worker.drain(graceMs);
        },
        close: async () => {
          blobs.close();
          await parts.close();
        },
      };
    }),
  );
}
