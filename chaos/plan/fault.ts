/**
 * The kinds of faults. `atMs` counts from the start of a run; a fault with `holdMs` is undone after
 * that time.
 */

import type { Failpoint } from "../../kit/process/failpoint.js";
import type { Stage } from "../../pipeline/stages.js";

export type ServiceName = "gateway" | Stage;

/** One process of the mesh. */
export interface Place {
  readonly service: ServiceName;
  readonly index: number;
}

export type Signal = "SIGKILL" | "SIGSTOP";

/** The next process that reaches a failpoint is killed, or frozen for `holdMs`. */
export interface StrikeFault {
  readonly kind: "failpoint";
  readonly service: ServiceName;
  readonly point: Failpoint;
  /** Number of times that the point is passed before the fault strikes. */
  readonly after: number;
  readonly signal: Signal;
  readonly holdMs: number;
}

/** A process is killed or frozen at a moment that is independent of its work. */
export interface SignalFault {
  readonly kind: "signal";
  readonly place: Place;
  readonly signal: Signal;
  readonly atMs: number;
  readonly holdMs: number;
}

/** nats-server is killed; its supervisor starts it again. */
export interface BusKillFault {
  readonly kind: "bus-kill";
  readonly atMs: number;
}

/**
 * A connection that can be cut: from a process to nats-server or to the gateway (to all of them,
 * where there are several), from a gateway to its S3 store, from the encoders to a renderer, or
 * from the client to the gateways.
 */
export type LinkName =
  | `${ServiceName}-${number}/nats`
  | `${Stage}-${number}/gateway`
  | `gateway-${number}/s3`
  | `encode/render-${number}`
  | "client/gateway";

export interface CutFault {
  readonly kind: "cut";
  readonly link: LinkName;
  /** A stalled link carries nothing and stays open; a reset one refuses connections. */
  readonly how: "stall" | "reset";
  readonly atMs: number;
  readonly holdMs: number;
}

/** An order of the stage is published again, without the message id that would reveal the copy. */
export interface DuplicateFault {
  readonly kind: "duplicate-order";
  readonly stage: Stage;
  /** Time from the order to its copy. */
  readonly delayMs: number;
}

/** An order of the stage is taken from the queue and returned late. */
export interface DelayFault {
  readonly kind: "delayed-order";
  readonly stage: Stage;
  readonly delayMs: number;
}

export type DiskName = "blobs" | "encode";

export interface DiskFault {
  readonly kind: "full-disk";
  readonly disk: DiskName;
  readonly atMs: number;
  readonly holdMs: number;
}

/** Every process that works on this stage of the run's first job is killed. */
export interface PoisonFault {
  readonly kind: "poison-job";
  readonly stage: Stage;
  readonly point: Failpoint;
}

/** A gateway is told to stop, as in a rolling restart; its supervisor starts it again. */
export interface RestartFault {
  readonly kind: "rolling-restart";
  readonly gateway: number;
  readonly atMs: number;
}

/**
 * One server of the NATS cluster is killed, and comes back after `holdMs`: with what it had stored,
 * or (`wipe`) with nothing. Or it is frozen, or cut off from the two others while clients still
 * reach it.
 */
export interface NodeFault {
  readonly kind: "node";
  readonly node: number;
  readonly how: "kill" | "wipe" | "freeze" | "cut-off";
  readonly atMs: number;
  readonly holdMs: number;
}

/** The leader of a stream of the NATS cluster hands over to another server. */
export interface StepDownFault {
  readonly kind: "step-down";
  readonly stream: string;
  readonly atMs: number;
}

/**
 * The S3 store refuses connections, answers late, or answers some requests with an error: half of
 * those it has performed.
 */
export interface StoreFault {
  readonly kind: "store";
  readonly how: "away" | "slow" | "errors";
  readonly atMs: number;
  readonly holdMs: number;
}

export type Fault =
  | StrikeFault
  | SignalFault
  | BusKillFault
  | CutFault
  | DuplicateFault
  | DelayFault
  | DiskFault
  | PoisonFault
  | RestartFault
  | NodeFault
  | StepDownFault
  | StoreFault;

export type FaultKind = Fault["kind"];

const STAGE_POINTS = [
  "after-lease",
  "mid-work",
  "after-output-before-commit",
  "after-commit-before-publish",
  "after-commit-before-ack",
] as const satisfies readonly Failpoint[];

/** The failpoints in each service that jobs of every mesh pass. */
export const POINTS: Readonly<Record<ServiceName, readonly Failpoint[]>> = {
  gateway: ["during-upload", "during-blob-write", "after-record-before-publish"],
  depth: STAGE_POINTS,
  // Render commits only jobs whose last stage it is.
  render: [...STAGE_POINTS, "during-frame-streaming"],
  encode: [...STAGE_POINTS, "during-frame-streaming"],
};

/** Those of uploads in parts. */
export const UPLOAD_POINTS = [
  "after-part-before-commit",
  "after-adoption-before-finish",
] as const satisfies readonly Failpoint[];

/** Those that only a clip in segments passes. */
export const SEGMENT_POINTS: Readonly<Record<ServiceName, readonly Failpoint[]>> = {
  gateway: ["after-segment-before-publish", "after-fold-before-order", "after-segment-removal"],
  depth: [],
  render: ["before-division"],
  encode: ["before-join", "after-join-before-store"],
};

/** A short description for the line of a run. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case "failpoint":
      return `${describeSignal(fault)} ${fault.service} ${fault.point} after ${fault.after}`;
    case "signal": {
      const { service, index } = fault.place;
      return `${describeSignal(fault)} ${service}-${index} at ${fault.atMs} ms`;
    }
    case "bus-kill":
      return `kill nats-server at ${fault.atMs} ms`;
    case "cut":
      return `${fault.how} ${fault.link} at ${fault.atMs} ms for ${fault.holdMs} ms`;
    case "duplicate-order":
      return `duplicate ${fault.stage} order after ${fault.delayMs} ms`;
    case "delayed-order":
      return `delay ${fault.stage} order ${fault.delayMs} ms`;
    case "full-disk":
      return `fill ${fault.disk} disk at ${fault.atMs} ms for ${fault.holdMs} ms`;
    case "poison-job":
      return `kill ${fault.stage} ${fault.point} at every attempt of job 0`;
    case "rolling-restart":
      return `restart gateway-${fault.gateway} at ${fault.atMs} ms`;
    case "node":
      return `${fault.how} NATS node ${fault.node} at ${fault.atMs} ms for ${fault.holdMs} ms`;
    case "step-down":
      return `leader of ${fault.stream} steps down at ${fault.atMs} ms`;
    case "store":
      return `S3 ${fault.how} at ${fault.atMs} ms for ${fault.holdMs} ms`;
  }
}

function describeSignal({ signal, holdMs }: { signal: Signal; holdMs: number }): string {
  return signal === "SIGKILL" ? "kill" : `freeze ${holdMs} ms`;
}
