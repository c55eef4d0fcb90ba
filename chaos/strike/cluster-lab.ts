/** Starts a mesh of two gateways over an S3 store and three nats-servers, for faults. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Mesh } from "../../launcher/mesh.js";
import type { ChildPlace, Settings } from "../../launcher/mesh-options.js";
import type { FramesBy } from "../../pipeline/settings.js";
import { freePorts } from "../../testing/free-ports.js";
import { SmallDisk } from "../../testing/small-disk.js";
import { SEGMENT_SECONDS } from "../plan/job.js";
import { MESH_PLANS } from "../plan/mesh-kind.js";
import { BusAccess } from "./bus-access.js";
import { Failpoints } from "./failpoints.js";
import {
  commonSettings,
  DISK_MIB,
  Lab,
  MAX_RESTART_DELAY_MS,
  removeFolder,
  undoAll,
} from "./lab.js";
import { Links, parseAddress } from "./links.js";
import { NatsNodes, NODES } from "./nats-nodes.js";
import { ObjectStoreAccess } from "./object-store-access.js";
import { workerThroughLinks } from "./single-lab.js";

/** Short, so that an upload that nobody used is gone soon after the last run of a mesh. */
export const UPLOAD_EXPIRY_MS = 60_000;
/** A sweep lists the whole store, which costs more than to read a folder. */
const SWEEP_MS = 5_000;

/**
 * Starts everything; frames may take only one way. `program`: nats-server; the first one of PATH if
 * it is undefined. When one part fails, the parts that were started are stopped again.
 */
export async function startClusterLab(
  framesBy: FramesBy,
  program: string | undefined,
): Promise<Lab> {
  const plan = MESH_PLANS.cluster;
  const { gateway: gateways, depth, render, encode } = plan.processes;
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-chaos-"));
  const undo: (() => unknown)[] = [() => removeFolder(folder)];
  try {
    const failpoints = await Failpoints.open(join(folder, "failpoints"));
    undo.push(() => failpoints.close());
    const work = await SmallDisk.mount(join(folder, "work"), DISK_MIB);
    undo.push(() => work.unmount());
    const links = await Links.open(plan, NODES);
    undo.push(() => links.close());
    const store = await ObjectStoreAccess.start();
    undo.push(() => store.close());
    const nodes = await NatsNodes.start(join(folder, "nats"), program);
    undo.push(() => nodes.stop());
    const ports = await freePorts(render);
    const parts = { links, ports, nodes, store };
    const mesh = await Mesh.start({
      data: join(folder, "data"),
      ...{ gateways, depth, render, encode },
      port: 0,
      logs: "file",
      maxRestartDelayMs: MAX_RESTART_DELAY_MS,
      environment: {
        ...commonSettings(plan, framesBy, { failpoints, work, folder }),
        DEPTHMESH_SWEEP_MS: String(SWEEP_MS),
        DEPTHMESH_NATS_REPLICAS: String(NODES),
        DEPTHMESH_SEGMENT_SECONDS: String(SEGMENT_SECONDS),
        DEPTHMESH_UPLOAD_EXPIRY_MS: String(UPLOAD_EXPIRY_MS),
      },
      environmentFor: (place, settings) => throughLinks(parts, place, settings),
    });
    undo.push(() => mesh.stop());
    const addresses = mesh.children("gateway").map(({ address }) => parseAddress(address));
    links.get("client/gateway").leadTo(addresses);
    const bus = await BusAccess.open((user, only) => nodes.cluster.urlFor(user, only), NODES);
    undo.push(() => bus.close());
    nodes.askBy(bus.as("gateway"));
    await nodes.untilWhole();
    const cluster = { nodes, store };
    return new Lab({ plan, mesh, failpoints, bus, disks: { encode: work }, links, cluster, undo });
  } catch (error) {
    await undoAll(undo);
    throw error;
  }
}

interface Reached {
  readonly links: Links;
  readonly ports: readonly number[];
  readonly nodes: NatsNodes;
  readonly store: ObjectStoreAccess;
}

/** The settings of one process, with addresses that lead through the links. */
function throughLinks(
  { links, ports, nodes, store }: Reached,
  { service, index }: ChildPlace,
  settings: Settings,
): Settings {
  const toBus = links.get(`${service}-${index}/nats`);
  const nodeIndexes = Array.from({ length: NODES }, (_, node) => node);
  toBus.leadTo(nodeIndexes.map((node) => parseAddress(nodes.cluster.address(node))));
  const urls = nodes.cluster.urlFor(service).split(",");
  const through = urls.map((text, node) => {
    const url = new URL(text);
    url.host = toBus.each[node]?.address ?? "";
    return url.href;
  });
  const throughBus = { ...settings, DEPTHMESH_NATS_URL: through.join(",") };
  if (service !== "gateway") {
    return workerThroughLinks(links, ports, { service, index }, throughBus);
  }
  const toStore = links.get(`gateway-${index}/s3`);
  toStore.leadTo([store.proxy.target]);
  return { ...throughBus, ...store.settingsAt(toStore.address) };
}
