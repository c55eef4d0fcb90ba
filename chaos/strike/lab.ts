/**
 * The mesh under test: real processes whose connections run through cuttable links, whose disks can
 * be filled, and whose failpoints can be armed.
 */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "nats";
import { inboxPrefix } from "../../kit/nats/connect.js";
import type { ServiceChild } from "../../launcher/child.js";
import { Mesh } from "../../launcher/mesh.js";
import type { ChildPlace } from "../../launcher/mesh-options.js";
import { NATS_USERS, type NatsUser } from "../../launcher/nats-server.js";
import type { FramesBy } from "../../pipeline/settings.js";
import { STAGES } from "../../pipeline/stages.js";
import { SmallDisk } from "../../testing/small-disk.js";
import { type DiskName, type LinkName, type Place, PROCESSES } from "../plan/fault.js";
import { Failpoints } from "./failpoints.js";
import { CuttableLink, type Target } from "./link.js";

const RECONNECT_MS = 50;

/** Short, so that a run does not wait long until another worker takes a stage over. */
export const LEASE_MS = 2_000;
/**
 * Longer than the time from writing a blob to the first record that names it, even under faults.
 */
export const BLOB_GRACE_MS = 15_000;
const MAINTENANCE_MS = 1_000;
const MAX_RESTART_DELAY_MS = 500;
const DISK_MIB = 192;

type Settings = Readonly<Record<string, string>>;

type Disks = Readonly<Record<DiskName, SmallDisk>>;
type Links = ReadonlyMap<LinkName, CuttableLink>;

interface LabParts {
  readonly folder: string;
  readonly mesh: Mesh;
  readonly failpoints: Failpoints;
  readonly bus: BusAccess;
  readonly disks: Disks;
  readonly links: Links;
  /** Steps that take the mesh down, in the order in which the parts were started. */
  readonly undo: readonly (() => unknown)[];
}

export class Lab {
  readonly folder: string;
  readonly mesh: Mesh;
  readonly failpoints: Failpoints;
  readonly bus: BusAccess;
  readonly #disks: Disks;
  readonly #links: Links;
  readonly #undo: LabParts["undo"];

  private constructor(parts: LabParts) {
    this.folder = parts.folder;
    this.mesh = parts.mesh;
    this.failpoints = parts.failpoints;
    this.bus = parts.bus;
    this.#disks = parts.disks;
    this.#links = parts.links;
    this.#undo = parts.undo;
  }

  /**
   * Starts everything; frames may take only one way. When one part fails, the parts that were
   * started are stopped again.
   */
  static async start(framesBy: FramesBy): Promise<Lab> {
    const folder = await mkdtemp(join(tmpdir(), "depthmesh-chaos-"));
    const undo: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })];
    try {
      const failpoints = await Failpoints.open(join(folder, "failpoints"));
      undo.push(() => failpoints.close());
      const blobs = await SmallDisk.mount(join(folder, "blobs"), DISK_MIB);
      undo.push(() => blobs.unmount());
      const encode = await SmallDisk.mount(join(folder, "work"), DISK_MIB);
      undo.push(() => encode.unmount());
      const disks = { blobs, encode };
      const links = await openLinks();
      undo.push(() => Promise.all([...links.values()].map((link) => link.close())));
      const mesh = await startMesh(folder, framesBy, failpoints, disks, links);
      undo.push(() => mesh.stop());
      link(links, "client/gateway").leadTo(parseAddress(mesh.address));
      const bus = await BusAccess.open(mesh);
      undo.push(() => bus.close());
      return new Lab({ folder, mesh, failpoints, bus, disks, links, undo });
    } catch (error) {
      await undoAll(undo);
      throw error;
    }
  }

  child({ service, index }: Place): ServiceChild {
    const child = this.mesh.children(service)[index];
    if (!child) throw new RangeError(`there is no ${service}-${index}`);
    return child;
  }

  get children(): readonly ServiceChild[] {
    return (["gateway", ...STAGES] as const).flatMap((service) => this.mesh.children(service));
  }

  link(name: LinkName): CuttableLink {
    return link(this.#links, name);
  }

  disk(name: DiskName): SmallDisk {
    return this.#disks[name];
  }

  get logFile(): string {
    return join(this.mesh.data, "mesh.log");
  }

  async stop(): Promise<void> {
    for (const link of this.#links.values()) link.heal();
    await undoAll(this.#undo);
  }
}

/** Runs the steps in reverse order. */
async function undoAll(undo: readonly (() => unknown)[]): Promise<void> {
  for (const step of [...undo].reverse()) await step();
}

async function startMesh(
  folder: string,
  framesBy: FramesBy,
  failpoints: Failpoints,
  disks: Disks,
  links: Links,
): Promise<Mesh> {
  const ports = await Promise.all(Array.from({ length: PROCESSES.render }, freePort));
  return Mesh.start({
    data: join(folder, "data"),
    ...{ depth: PROCESSES.depth, render: PROCESSES.render, encode: PROCESSES.encode },
    port: 0,
    logs: "file",
    maxRestartDelayMs: MAX_RESTART_DELAY_MS,
    environment: {
      // Each renderer starts its own Xvfb, which ends with it.
      DISPLAY: "",
      DEPTHMESH_FRAMES_BY: framesBy,
      DEPTHMESH_LEASE_MS: String(LEASE_MS),
      DEPTHMESH_DRAIN_MS: "1000",
      DEPTHMESH_RETRY_BASE_MS: "250",
      DEPTHMESH_MAINTENANCE_MS: String(MAINTENANCE_MS),
      DEPTHMESH_SWEEP_MS: String(MAINTENANCE_MS),
      DEPTHMESH_BLOB_GRACE_MS: String(BLOB_GRACE_MS),
      DEPTHMESH_MIN_FREE_MIB: "16",
      DEPTHMESH_FAILPOINTS: failpoints.folder,
      DEPTHMESH_BLOBS: disks.blobs.folder,
      DEPTHMESH_WORK: disks.encode.folder,
      DEPTHMESH_MODELS: join(folder, "models"),
      DEPTHMESH_DISPARITY_SIDE: "256",
      DEPTHMESH_DEPTH_THREADS: "1",
    },
    environmentFor: (place, settings) => throughLinks(links, ports, place, settings),
  });
}

async function openLinks(): Promise<Links> {
  const names: LinkName[] = ["client/gateway", "gateway-0/nats"];
  for (const stage of STAGES) {
    for (let index = 0; index < PROCESSES[stage]; index++) {
      names.push(`${stage}-${index}/nats`, `${stage}-${index}/gateway`);
    }
  }
  for (let index = 0; index < PROCESSES.render; index++) names.push(`encode/render-${index}`);
  const links = await Promise.all(
    names.map(async (name) => [name, await CuttableLink.open()] as const),
  );
  return new Map(links);
}

function link(links: Links, name: LinkName): CuttableLink {
  const found = links.get(name);
  if (!found) throw new RangeError(`there is no link ${name}`);
  return found;
}

/** The settings of one process, with addresses that lead through the links. */
function throughLinks(
  links: Links,
  renderPorts: readonly number[],
  { service, index }: ChildPlace,
  settings: Settings,
): Settings {
  const bus = new URL(settings.DEPTHMESH_NATS_URL ?? "");
  const toBus = link(links, `${service}-${index}/nats`);
  toBus.leadTo({ host: bus.hostname, port: Number(bus.port) });
  bus.port = String(toBus.port);
  const throughBus = { ...settings, DEPTHMESH_NATS_URL: String(bus) };
  if (service === "gateway") return throughBus;
  const toGateway = link(links, `${service}-${index}/gateway`);
  toGateway.leadTo(parseAddress(settings.DEPTHMESH_GATEWAY ?? ""));
  const worker = { ...throughBus, DEPTHMESH_GATEWAY: toGateway.address };
  if (service !== "render") return worker;
  const port = renderPorts[index] ?? 0;
  const frames = link(links, `encode/render-${index}`);
  frames.leadTo({ host: "127.0.0.1", port });
  return { ...worker, DEPTHMESH_PORT: String(port), DEPTHMESH_ADVERTISE_HOST: frames.address };
}

function parseAddress(address: string): Target {
  const { hostname, port } = new URL(`tcp://${address}`);
  return { host: hostname, port: Number(port) };
}

/** The link to a renderer needs the port before the renderer listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Connections to nats-server as each of its users; each may do only what its service may. */
export class BusAccess {
  readonly #connections: ReadonlyMap<NatsUser, NatsConnection>;

  private constructor(connections: ReadonlyMap<NatsUser, NatsConnection>) {
    this.#connections = connections;
  }

  static async open(mesh: Mesh): Promise<BusAccess> {
    const opened = NATS_USERS.map(async (user) => [user, await connectAs(mesh, user)] as const);
    return new BusAccess(new Map(await Promise.all(opened)));
  }

  as(user: NatsUser): NatsConnection {
    const connection = this.#connections.get(user);
    if (!connection) throw new RangeError(`there is no user ${user}`);
    return connection;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#connections.values()].map((connection) => connection.close()));
  }
}

function connectAs(mesh: Mesh, user: NatsUser): Promise<NatsConnection> {
  const { host, username, password } = new URL(mesh.natsUrlFor(user));
  return connect({
    servers: host,
    ...{ user: username, pass: password, inboxPrefix: inboxPrefix(user) },
    name: `chaos-${user}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    reconnectJitter: 0,
  });
}
