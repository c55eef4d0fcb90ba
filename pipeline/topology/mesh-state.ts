/** The state that all services of a mesh share through NATS: its buckets, and the job records in one of them. */
import type { CommonConfig } from "../../kit/config.js";
import type { Bus } from "../../kit/nats/connect.js";
import type { ServiceContext } from "../../kit/process/service.js";
import { KvJobStore } from "../record/kv-store.js";
import type { JobStore } from "../record/store.js";
import type { Stage } from "../stages.js";
import { type Buckets, bindTo } from "./buckets.js";
import { ownTopology, type TopologySettings } from "./ensure-topology.js";

export interface MeshState {
  readonly buckets: Buckets;
  readonly store: JobStore;
}

/** What a service of the pipeline works with: the process, the bus, and the shared state. */
export type PipelineContext<C extends CommonConfig> = ServiceContext<C> & MeshState;

/** The state as a stage sees it, once the gateway has made it: waits for that however long it takes. */
export const stateOfStage = (stage: Stage) => async (bus: Bus) =>
  stateOf(bus, await bindTo(stage)(bus));

/** The state as the gateway sees it, which makes and mends it. */
export async function stateOfGateway(bus: Bus, settings: TopologySettings): Promise<MeshState> {
  return stateOf(bus, await ownTopology(bus, settings));
}

function stateOf(bus: Bus, buckets: Buckets): MeshState {
  return { buckets, store: new KvJobStore(buckets.jobs, bus) };
}
