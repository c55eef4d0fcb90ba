/**
 * Under which name the other processes of a mesh reach a port of this one. A wrong answer shows far
 * away, in a process that cannot connect, so one that cannot be right ends the start.
 */
import type { CommonConfig } from "../config.js";
import { parseServers } from "../nats/servers.js";
import { hostOf, isWildcard } from "../network/host-port.js";
import { localAddressToward } from "../network/local-address.js";
import { isLoopback } from "../network/loopback.js";

type AdvertiseConfig = Pick<CommonConfig, "advertiseHost" | "natsUrl" | "gatewayAddress">;

const SETTING = "DEPTHMESH_ADVERTISE_HOST";
const REMEDY = `set ${SETTING} to a name or an address of this machine that the other hosts of the mesh reach`;

/**
 * The name or address, with a port where the setting has one. `host` is what the port listens on.
 * Without the setting, a port that listens on every address has the one from which this machine
 * talks to NATS. `mustBeReached`: other processes of the mesh call this port; then this throws
 * where the answer is no address that they can call.
 */
export async function advertisedHost(
  host: string,
  config: AdvertiseConfig,
  mustBeReached: boolean,
): Promise<string> {
  const { advertiseHost } = config;
  const given = hostOf(advertiseHost);
  if (isWildcard(given)) {
    throw new Error(`${SETTING} is "${advertiseHost}", which nobody can call: ${REMEDY}`);
  }
  const name = advertiseHost || (isWildcard(host) ? await derived(config) : host);
  if (name === undefined) {
    throw new Error(
      `this process listens on ${host}, every address of this machine, and none could be found that leads to NATS: ${REMEDY}`,
    );
  }
  if (mustBeReached) await assertReachable(name, host, config);
  return name;
}

/** The address of this machine toward the first server of NATS that a route leads to. */
async function derived({ natsUrl }: AdvertiseConfig): Promise<string | undefined> {
  for (const server of natsHosts(natsUrl)) {
    const address = await localAddressToward(server);
    if (address !== undefined) return address;
  }
  return undefined;
}

/** Throws where other hosts belong to the mesh, or may, and `name` leads each to itself. */
async function assertReachable(
  name: string,
  host: string,
  { advertiseHost, natsUrl, gatewayAddress }: AdvertiseConfig,
): Promise<void> {
  if (!isLoopback(hostOf(name))) return;
  if (!advertiseHost && isWildcard(host)) {
    throw new Error(
      `this process listens on ${host}, every address of this machine, and NATS on ${name} does not tell which of them others call: ${REMEDY}, or listen on ${name} only (DEPTHMESH_HOST)`,
    );
  }
  const peers = [
    ...natsHosts(natsUrl).map((peer) => ["NATS", peer] as const),
    ...gatewayAddress.split(",").map((one) => ["the gateway", hostOf(one)] as const),
  ];
  for (const [what, peer] of peers) {
    const own = await localAddressToward(peer);
    if (own === undefined || isLoopback(own)) continue;
    const told = advertiseHost ? `${SETTING} is "${advertiseHost}"` : `it listens on ${host}`;
    throw new Error(
      `other hosts cannot call this process, because ${told}, and ${what} is on another host (${peer}): ${REMEDY}${advertiseHost ? "" : ", and DEPTHMESH_HOST to an address that it listens on"}`,
    );
  }
}

/** The hosts in a list of URLs; none if it cannot be read, which the connection reports. */
function natsHosts(urls: string): readonly string[] {
  try {
    return parseServers(urls).hosts;
  } catch {
    return [];
  }
}
