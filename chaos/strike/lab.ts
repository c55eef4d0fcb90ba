/**
 * The mesh under test: real processes whose connections run through cuttable links, whose disks can
 * be filled, and whose failpoints can be armed.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { ServiceChild } from "../../launcher/child.js";
import type { Mesh } from "../../launcher/mesh.js";
import { STAGES } from "../../pipeline/stages.js";
import type { SmallDisk } from "../../testing/small-disk.js";
import type { DiskName, LinkName, Place } from "../plan/fault.js";
import type { MeshPlan } from "../plan/mesh-kind.js";
import type { BusAccess } from "./bus-access.js";
import type { Failpoints } from "./failpoints.js";
import type { LinkGroup, Links } from "./links.js";
import type { NatsNodes } from "./nats-nodes.js";
import type { ObjectStoreAccess } from "./object-store-access.js";

/**
 * Longer than the time from writing a blob to the first record that names it, even under faults.
 */
export const BLOB_GRACE_MS = 15_000;
export const MAINTENANCE_MS = 1_000;
export const MAX_RESTART_DELAY_MS = 500;
export const DISK_MIB = 192;

export interface LabParts {
  readonly plan: MeshPlan;
  readonly mesh: Mesh;
  readonly failpoints: Failpoints;
  readonly bus: BusAccess;
  /** That of the blobs is missing where they lie in an object store. */
  readonly disks: Readonly<Partial<Record<DiskName, SmallDisk>>>;
  readonly links: Links;
  /** What a cluster has besides. */
  readonly cluster?: { readonly nodes: NatsNodes; readonly store: ObjectStoreAccess };
  /** Steps that take the mesh down, in the order in which the parts were started. */
  readonly undo: readonly (() => unknown)[];
}

export class Lab {
  readonly #parts: LabParts;

  constructor(parts: LabParts) {
    this.#parts = parts;
  }

  get plan(): MeshPlan {
    return this.#parts.plan;
  }

  get mesh(): Mesh {
    return this.#parts.mesh;
  }

  get failpoints(): Failpoints {
    return this.#parts.failpoints;
  }

  get bus(): BusAccess {
    return this.#parts.bus;
  }

  get cluster(): LabParts["cluster"] {
    return this.#parts.cluster;
  }

  child({ service, index }: Place): ServiceChild {
    const child = this.mesh.children(service)[index];
    if (!child) throw new RangeError(`there is no ${service}-${index}`);
    return child;
  }

  get children(): readonly ServiceChild[] {
    return (["gateway", ...STAGES] as const).flatMap((service) => this.mesh.children(service));
  }

  link(name: LinkName): LinkGroup {
    return this.#parts.links.get(name);
  }

  disk(name: DiskName): SmallDisk | undefined {
    return this.#parts.disks[name];
  }

  /** Resolves when NATS and every process serve. */
  async untilServing(): Promise<void> {
    const { cluster, mesh } = this.#parts;
    const nats = cluster ? cluster.nodes.untilWhole() : mesh.nats.untilServing();
    await Promise.all([nats, ...this.children.map((child) => child.untilServing())]);
  }

  get logFile(): string {
    return join(this.mesh.data, "mesh.log");
  }

  async stop(): Promise<void> {
    this.#parts.links.heal();
    await undoAll(this.#parts.undo);
  }
}

/** Runs the steps in reverse order. */
export async function undoAll(undo: readonly (() => unknown)[]): Promise<void> {
  for (const step of [...undo].reverse()) await step();
}

export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

/** Settings of every process, whatever the mesh. */
export function commonSettings(
  { leaseMs }: MeshPlan,
  framesBy: string,
  parts: { failpoints: Failpoints; work: SmallDisk; folder: string },
): Record<string, string> {
  return {
    // Each renderer starts its own Xvfb, which ends with it.
    DISPLAY: "",
    DEPTHMESH_FRAMES_BY: framesBy,
    DEPTHMESH_LEASE_MS: String(leaseMs),
    DEPTHMESH_DRAIN_MS: "1000",
    DEPTHMESH_RETRY_BASE_MS: "250",
    DEPTHMESH_MAINTENANCE_MS: String(MAINTENANCE_MS),
    DEPTHMESH_SWEEP_MS: String(MAINTENANCE_MS),
    DEPTHMESH_BLOB_GRACE_MS: String(BLOB_GRACE_MS),
    DEPTHMESH_MIN_FREE_MIB: "16",
    DEPTHMESH_FAILPOINTS: parts.failpoints.folder,
    DEPTHMESH_WORK: parts.work.folder,
    DEPTHMESH_MODELS: join(parts.folder, "models"),
    DEPTHMESH_DISPARITY_SIDE: "256",
    DEPTHMESH_DEPTH_THREADS: "1",
  };
}
