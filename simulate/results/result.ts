/** What a simulated scenario has to say. */
import type { Lane, Stage } from "../../pipeline/stages.js";

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface PoolResult {
  /** Seconds from an order's publication to its take. */
  readonly wait: Percentiles;
  readonly mostWaiting: number;
  readonly mostWorkers: number;
  readonly meanWorkers: number;
  /** Busy slots of those that are ready. */
  readonly use: number;
  readonly lostWorkers: number;
  /** Slot seconds of attempts that had no effect, as a part of all. */
  readonly wastedPart: number;
}

/** A moment of a scenario, for charts. */
export interface Moment {
  readonly atSeconds: number;
  readonly waiting: Readonly<Record<Stage, number>>;
  readonly workers: Readonly<Record<Stage, number>>;
}

export interface Result {
  readonly name: string;
  readonly accepted: number;
  readonly succeeded: number;
  readonly failed: number;
  /** When the last job ended. */
  readonly seconds: number;
  /** Seconds from the request to the end of a job. */
  readonly latency: Percentiles;
  readonly laneLatency: Readonly<Record<Lane, Percentiles>>;
  readonly pools: Readonly<Record<Stage, PoolResult>>;
  /** Of what all jobs share, while jobs came. */
  readonly natsUse: number;
  readonly gatewayUse: number;
  readonly storeUse: number;
  /** Of all workers. */
  readonly costPer1000: number;
  readonly events: number;
  readonly moments: readonly Moment[];
}
