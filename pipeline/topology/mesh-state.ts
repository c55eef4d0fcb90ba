/**
 * The state that the services of a mesh share through NATS: the buckets, and the store of job
 * records in one of them.
 */
import type { CommonConfig } from "../../kit/config.js";
import type { Bus } from "../../kit/nats/connect.js";
import type { ServiceContext } from "../../kit/process/service.js";
import { KvJobStore } from "../record/kv-store.js";
import type { JobStore } from "../record/store.js";
import type { Stage } from "../stages.js";
import { type Buckets, waitForBuckets } from "./buckets.js";
import { ownTopology, type TopologySettings } from "./ensure-topology.js";

export interface MeshState {
  readonly buckets: Buckets;
  readonly store: JobStore;
}

/** What each service is built with: its process, the NATS connection and the shared state. */
export type PipelineContext<C extends CommonConfig> = ServiceContext<C> & MeshState;

/**
 * The shared state for a stage. Waits, without a time limit, until the gateway has created what the
 * stage uses.
 */
export const stateOfStage = (stage: Stage) => async (bus: Bus) =>
  stateOf(bus, await waitForBuckets(bus, stage));

/**
 * The shared state for the gateway, which creates the streams and buckets and keeps them as
 * configured.
 */
export async function stateOfGateway(bus: Bus, settings: TopologySettings): Promise<MeshState> {
  return stateOf(bus, await ownTopology(bus, settings));
}

function stateOf(bus: Bus, buckets: Buckets): MeshState {
  return { buckets, store: new KvJobStore(buckets.jobs, bus) };
}
