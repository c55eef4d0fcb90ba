/** Everything of a mesh but its jobs. */

import type { Stage } from "../../pipeline/stages.js";
import type { PoolOptions } from "./pool-options.js";

export interface MeshOptions {
  readonly seed: number;
  readonly pools: Readonly<Record<Stage, PoolOptions>>;
  readonly gateways: number;
  /** Bytes per second of the blob store, and of each gateway in front of it. */
  readonly storeBytesPerSecond: number;
  readonly gatewayBytesPerSecond: number;
  /** Of NATS, for each record or order that is written. */
  readonly natsWriteSeconds: number;
  /** Of NATS, for each second that a slot works: renewals, progress, polls. */
  readonly natsSecondSeconds: number;
  /** Processor time of a gateway for a job, and for each second that a slot works. */
  readonly gatewayJobSeconds: number;
  readonly gatewaySecondSeconds: number;
  /** DEPTHMESH_LEASE_MS. */
  readonly leaseSeconds: number;
  /** From the publish of an order to the start of its handler where a slot is free. */
  readonly dispatchSeconds: number;
  /** What the way of frames costs render and encode more than a socket; 1 on one host. */
  readonly frameTransport: number;
  /** Processor seconds of each segment beside its frames. */
  readonly segmentRenderSeconds: number;
  readonly segmentEncodeSeconds: number;
  readonly segmentGatewaySeconds: number;
  /** Of NATS, for the records and orders of a segment. */
  readonly segmentNatsSeconds: number;
}
