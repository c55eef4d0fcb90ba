/**
 * The ports of a mesh that Prometheus reads, one for each process, and the file by which it finds
 * them (`file_sd_configs`).
 */
import { rmSync, writeFileSync } from "node:fs";
import { childEnvironment, readSettings } from "../kit/config.js";
import { formatHostPort, hostFromHere } from "../kit/network/host-port.js";
import { TELEMETRY_SETTINGS } from "../kit/telemetry/settings.js";
import type { ChildName } from "./child.js";
import { quietPort } from "./gateway-address.js";
import type { MeshOptions, Settings } from "./mesh-options.js";

const LAST_PORT = 65_535;

/** A process that Prometheus reads. */
export interface MetricsTarget {
  readonly service: ChildName;
  readonly port: number;
  /** host:port on this machine. */
  readonly address: string;
}

type Wanted = Pick<
  MeshOptions,
  "metricsPort" | "gateways" | "webPort" | "depth" | "render" | "encode" | "environment"
> & {
  /** Workers of a mesh whose gateway is elsewhere. */
  readonly isJoined?: boolean;
};

/**
 * The target of every process, in the order gateways, web, depth, render, encode; none unless they
 * are asked for. `file` lists them for Prometheus. Throws for a wrong setting, where the first port
 * leaves too few, and where free ports are asked for that the metrics' host does not have.
 */
export async function chooseMetricsPorts(
  options: Wanted,
  file: string,
): Promise<readonly MetricsTarget[]> {
  const { metricsPort: first, environment = {} } = options;
  rmSync(file, { force: true });
  if (first === undefined) return [];
  const { metricsHost } = TELEMETRY_SETTINGS;
  const host = readSettings({ metricsHost }, childEnvironment(environment)).metricsHost;
  const services = processesOf(options);
  if (first + services.length - 1 > LAST_PORT) {
    const most = LAST_PORT - services.length + 1;
    const words = `--metrics ${first} leaves too few ports for ${services.length} processes`;
    throw new Error(`${words}; use at most ${most}`);
  }
  const targets: MetricsTarget[] = [];
  for (const [index, service] of services.entries()) {
    const port = first === 0 ? await otherPort(host, targets) : first + index;
    targets.push({ service, port, address: formatHostPort(hostFromHere(host), port) });
  }
  const groups = targets.map(({ service, address }) => ({
    targets: [address],
    labels: { service },
  }));
  writeFileSync(file, `${JSON.stringify(groups, undefined, 2)}\n`);
  return targets;
}

/** The setting of the `index`-th process of a service. A port for all would be that of one only. */
export function metricsSettings(
  targets: readonly MetricsTarget[],
  service: ChildName,
  index: number,
): Settings {
  const target = targets.filter((one) => one.service === service)[index];
  return { DEPTHMESH_METRICS_PORT: String(target?.port ?? 0) };
}

function processesOf(wanted: Wanted): ChildName[] {
  const { gateways = 1, webPort, depth, render, encode, isJoined = false } = wanted;
  const many = (service: ChildName, count: number) => Array<ChildName>(count).fill(service);
  const web = many("web", webPort === undefined ? 0 : 1);
  return [
    ...many("gateway", isJoined ? 0 : gateways),
    ...web,
    ...many("depth", depth),
    ...many("render", render),
    ...many("encode", encode),
  ];
}

async function otherPort(host: string, taken: readonly MetricsTarget[]): Promise<number> {
  const isTaken = (port: number) => taken.some((one) => one.port === port);
  for (;;) {
    const port = await quietPort(host);
    if (port === 0) {
      const words = `DEPTHMESH_METRICS_HOST is "${host}", on which no port can be opened`;
      throw new Error(`${words}: set it to an address of this machine, which \`ip address\` lists`);
    }
    if (!isTaken(port)) return port;
  }
}
