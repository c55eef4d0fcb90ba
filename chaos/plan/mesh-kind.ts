/** The kinds of meshes that faults happen to, and what each consists of. */
import type { FaultKind, ServiceName } from "./fault.js";
import type { JobShape } from "./job.js";

export const MESH_KINDS = ["single", "cluster"] as const;
/**
 * `single`: as `depthmesh up` starts it. `cluster`: two gateways over an S3 store and three
 * nats-servers that have a copy of everything each.
 */
export type MeshKind = (typeof MESH_KINDS)[number];

export interface MeshPlan {
  readonly kind: MeshKind;
  /** Number of processes of each service. */
  readonly processes: Readonly<Record<ServiceName, number>>;
  readonly leaseMs: number;
  /** A frozen process stays so for longer than its lease: how many leases, at least and at most. */
  readonly freezeLeases: readonly [least: number, most: number];
  /** A fault strikes at latest so long after the begin of a run. */
  readonly latestFaultMs: number;
  readonly shapes: readonly JobShape[];
  /**
   * Relative frequency of each kind of fault; others do not happen. A poisoned job is rare because
   * it takes long and kills often.
   */
  readonly weights: Readonly<Partial<Record<FaultKind, number>>>;
  /** Probability that a photo comes by an upload in parts. */
  readonly uploadChance: number;
}

const SINGLE: MeshPlan = {
  kind: "single",
  processes: { gateway: 1, depth: 2, render: 2, encode: 2 },
  // Short, so that a run does not wait long until another worker takes a stage over.
  leaseMs: 2_000,
  freezeLeases: [1.25, 2.25],
  latestFaultMs: 1_500,
  shapes: ["video", "two-outputs", "stills", "depth"],
  weights: {
    failpoint: 10,
    signal: 4,
    "bus-kill": 2,
    cut: 5,
    "duplicate-order": 3,
    "delayed-order": 2,
    "full-disk": 2,
    "poison-job": 0.5,
  },
  uploadChance: 0,
};

const CLUSTER: MeshPlan = {
  kind: "cluster",
  processes: { gateway: 2, depth: 2, render: 2, encode: 2 },
  // Longer than the choice of a new leader takes, as every lease of a cluster has to be.
  leaseMs: 15_000,
  freezeLeases: [1.1, 1.4],
  latestFaultMs: 4_000,
  shapes: ["segments", "video", "segments", "two-outputs", "stills", "depth"],
  weights: {
    failpoint: 10,
    signal: 3,
    "rolling-restart": 2,
    node: 6,
    "step-down": 2,
    store: 4,
    cut: 5,
    "duplicate-order": 2,
    "delayed-order": 1,
    "full-disk": 1,
    "poison-job": 0.5,
  },
  uploadChance: 0.35,
};

export const MESH_PLANS: Readonly<Record<MeshKind, MeshPlan>> = {
  single: SINGLE,
  cluster: CLUSTER,
};

export function faultKindsOf({ weights }: MeshPlan): readonly FaultKind[] {
  return Object.keys(weights) as FaultKind[];
}
