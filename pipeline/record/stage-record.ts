/** One stage of a job as its record has it: its order, its lease, and what it has made. */

/** The order that the record has decided to publish for a stage. */
export interface OrderRef {
  readonly id: string;
  /**
   * Sequence in the stage's stream, recorded by the first worker that takes it; null until then.
   */
  readonly seq: number | null;
  readonly decidedAtMs: number;
  readonly generation: number;
  /** host:port of the renderer that serves the frames; on encode orders only. */
  readonly address?: string;
}

/** The right of one worker to act for a stage. Each acquisition makes a new token. */
export interface Lease {
  readonly token: string;
  readonly worker: string;
  /** host:port where followers read the encoded fragments while the worker makes them. */
  readonly address?: string;
  readonly orderId: string;
  readonly renewedAtMs: number;
  readonly untilMs: number;
  /** Encode has read the last frame, so it no longer needs the renderer. */
  readonly framesComplete?: boolean;
}

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

export interface StageRecord {
  readonly done: boolean;
  /** Token of the lease under which the stage was committed; empty until then. */
  readonly doneBy: string;
  readonly output: Json;
  readonly order: OrderRef | null;
  readonly lease: Lease | null;
  /** Failures that were counted against the job and retried. */
  readonly attempts: number;
  /** How often another worker took the stage over because the lease was no longer renewed. */
  readonly crashes: number;
  /**
   * How often since its last failure the stage was given back because a part of the mesh was away.
   */
  readonly deferrals: number;
  /**
   * How many of the latest deferrals, in a row, left the stage to a worker with the encoder that
   * the job needs. Absent means 0.
   */
  readonly leftToOthers?: number;
  /** How often it was done again because its file was lost or damaged. Absent means 0. */
  readonly remakes?: number;
  /**
   * Of encode: how often in this generation no connection to the renderer's address came about.
   * Absent means 0.
   */
  readonly unreachable?: number;
  /** How many of the latest deferrals, in a row, ran out of disk at work. Absent means 0. */
  readonly outOfDisk?: number;
}

/** A stage that nobody has taken. */
export const IDLE: StageRecord = {
  done: false,
  doneBy: "",
  output: null,
  order: null,
  lease: null,
  attempts: 0,
  crashes: 0,
  deferrals: 0,
};
