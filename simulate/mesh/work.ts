/** What workers work on: a job, a segment of a divided clip, or the joining of segments. */
import type { Lane, Stage } from "../../pipeline/stages.js";
import type { Clip } from "./clip.js";
import type { Worker } from "./worker.js";

export interface Job {
  readonly clip: Clip;
  readonly lane: Lane;
  readonly acceptedSeconds: number;
  /** Of its photo: processor time until the first frame, and time of the wall of each frame. */
  readonly sceneSeconds: number;
  readonly frameSeconds: number;
  /** Segments that are still to be made. */
  segmentsLeft: number;
  isOver: boolean;
}

export interface Work {
  readonly job: Job;
  readonly kind: "whole" | "segment" | "join";
  readonly frames: number;
  /** Render's generation of frames: encode orders of an earlier one are dropped (rule 7). */
  generation: number;
  readonly crashes: Record<Stage, number>;
  /** Render's attempt, which holds its slot until the frames are encoded. */
  rendering: Attempt | undefined;
  encoding: Attempt | undefined;
}

export function newWork(job: Job, kind: Work["kind"], frames: number): Work {
  const crashes = { depth: 0, render: 0, encode: 0 };
  return { job, kind, frames, generation: 0, crashes, rendering: undefined, encoding: undefined };
}

/** A message that waits for a worker. */
export interface Order {
  readonly work: Work;
  readonly generation: number;
  readonly waitsSinceSeconds: number;
}

/** A stage's work by one worker; it ends with its lease. */
export interface Attempt {
  readonly order: Order;
  readonly worker: Worker;
  readonly sinceSeconds: number;
  /** False when the worker was lost or has handed the order back: what it still does is void. */
  isLive: boolean;
}
