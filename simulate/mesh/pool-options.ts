/** How the workers of a stage are, and how many. */
import type { Distribution } from "../engine/distribution.js";

export interface PoolOptions {
  /** At the beginning; with `scaling` the number changes. */
  readonly workers: number;
  /** Orders that a worker takes at once; each has its part of the cores. */
  readonly slots: number;
  readonly cores: number;
  /** How much faster than its cores it is, because it has a GPU; 1 without. */
  readonly times: number;
  /** From the decision to the first order: a node, an image, a process. */
  readonly startSeconds: number;
  /** DEPTHMESH_DRAIN_MS of a worker that is to go. */
  readonly drainSeconds: number;
  /** Until a worker vanishes; absent: never. */
  readonly lifeSeconds?: Distribution;
  readonly scaling?: Scaling;
  /** Of one worker. */
  readonly hourPrice: number;
}

/** As KEDA and the HorizontalPodAutoscaler of Kubernetes scale on orders that wait or are held. */
export interface Scaling {
  readonly least: number;
  readonly most: number;
  /** Orders for each worker. */
  readonly target: number;
  /** Between two looks at the orders. */
  readonly everySeconds: number;
  /** Fewer workers only when all looks of so many seconds agree. */
  readonly cooldownSeconds: number;
}
