/** One process of a stage. */
import { LaneSchedule } from "../../pipeline/orders/lanes.js";
import type { Attempt, Job } from "./work.js";

export type WorkerState = "starting" | "ready" | "draining" | "gone";

export class Worker {
  state: WorkerState = "starting";
  readonly sinceSeconds: number;
  readonly attempts = new Set<Attempt>();
  /** The schedule of real workers, on the clock of the simulation. */
  readonly lanes: LaneSchedule;
  /** A scene that is still open for other segments of its clip. */
  scene: { readonly job: Job; readonly untilSeconds: number } | undefined;

  constructor(nowSeconds: () => number) {
    this.sinceSeconds = nowSeconds();
    this.lanes = new LaneSchedule(() => 1000 * nowSeconds());
  }
}
