/** Starts a mesh as `depthmesh up` does, for faults to happen to it. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Mesh } from "../../launcher/mesh.js";
import type { ChildPlace, Settings } from "../../launcher/mesh-options.js";
import type { FramesBy } from "../../pipeline/settings.js";
import { freePorts } from "../../testing/free-ports.js";
import { SmallDisk } from "../../testing/small-disk.js";
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

/**
 * Starts everything; frames may take only one way. When one part fails, the parts that were started
 * are stopped again.
 */
export async function startSingleLab(framesBy: FramesBy): Promise<Lab> {
  const plan = MESH_PLANS.single;
  const { processes } = plan;
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-chaos-"));
  const undo: (() => unknown)[] = [() => removeFolder(folder)];
  try {
    const failpoints = await Failpoints.open(join(folder, "failpoints"));
    undo.push(() => failpoints.close());
    const blobs = await SmallDisk.mount(join(folder, "blobs"), DISK_MIB);
    undo.push(() => blobs.unmount());
    const encode = await SmallDisk.mount(join(folder, "work"), DISK_MIB);
    undo.push(() => encode.unmount());
    const links = await Links.open(plan, 1);
    undo.push(() => links.close());
    const ports = await freePorts(processes.render);
    const mesh = await Mesh.start({
      data: join(folder, "data"),
      ...{ depth: processes.depth, render: processes.render, encode: processes.encode },
      port: 0,
      logs: "file",
      maxRestartDelayMs: MAX_RESTART_DELAY_MS,
      environment: {
        ...commonSettings(plan, framesBy, { failpoints, work: encode, folder }),
        DEPTHMESH_BLOBS: blobs.folder,
      },
      environmentFor: (place, settings) => throughLinks(links, ports, place, settings),
    });
    undo.push(() => mesh.stop());
    links.get("client/gateway").leadTo([parseAddress(mesh.address)]);
    const bus = await BusAccess.open((user) => mesh.natsUrlFor(user));
    undo.push(() => bus.close());
    const disks = { blobs, encode };
    return new Lab({ plan, mesh, failpoints, bus, disks, links, undo });
  } catch (error) {
    await undoAll(undo);
    throw error;
  }
}

/** The settings of one process, with addresses that lead through the links. */
function throughLinks(
  links: Links,
  renderPorts: readonly number[],
  { service, index }: ChildPlace,
  settings: Settings,
): Settings {
  const bus = new URL(settings.DEPTHMESH_NATS_URL ?? "");
  const toBus = links.get(`${service}-${index}/nats`);
  toBus.leadTo([{ host: bus.hostname, port: Number(bus.port) }]);
  bus.host = toBus.address;
  const throughBus = { ...settings, DEPTHMESH_NATS_URL: String(bus) };
  if (service === "gateway") return throughBus;
  return workerThroughLinks(links, renderPorts, { service, index }, throughBus);
}

/** The same for what only workers call. */
export function workerThroughLinks(
  links: Links,
  renderPorts: readonly number[],
  { service, index }: ChildPlace,
  settings: Settings,
): Settings {
  if (service === "gateway") return settings;
  const toGateway = links.get(`${service}-${index}/gateway`);
  toGateway.leadTo((settings.DEPTHMESH_GATEWAY ?? "").split(",").map(parseAddress));
  const worker = { ...settings, DEPTHMESH_GATEWAY: toGateway.address };
  if (service !== "render") return worker;
  const port = renderPorts[index] ?? 0;
  const frames = links.get(`encode/render-${index}`);
  frames.leadTo([{ host: "127.0.0.1", port }]);
  return { ...worker, DEPTHMESH_PORT: String(port), DEPTHMESH_ADVERTISE_HOST: frames.address };
}
