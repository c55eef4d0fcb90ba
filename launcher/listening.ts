/** On which addresses the processes of a mesh listen, by what they are. */
import { lookup } from "node:dns/promises";
import { environmentVariable } from "../kit/config.js";
import { isWildcard } from "../kit/network/host-port.js";
import { isLoopback } from "../kit/network/loopback.js";
import { isFree } from "./gateway-address.js";
import type { Settings } from "./mesh-options.js";

/** Where workers of other hosts reach a mesh. */
export interface Listening {
  /** A name or an IP address of this machine, not "every address". */
  readonly host: string;
  /** Fixed ones, so that other hosts find a mesh that was started again. */
  readonly natsPort: number;
  readonly internalPort: number;
}

type HostsFor = (service: "gateway" | "worker") => Settings;

const LOOPBACK = "127.0.0.1";

/**
 * Workers and the gateway's internal port listen on `host`. Its public ports do so only where
 * callers show who they are. Otherwise they stay on the loopback, also where nobody is asked
 * (`DEPTHMESH_IDENTITY=off`), unless DEPTHMESH_HOST names the address that is to be open to all.
 */
export function hostsOfListening(host: string): HostsFor {
  const DEPTHMESH_HOST = environmentVariable("DEPTHMESH_HOST") ?? publicHost(host);
  return (service) =>
    service === "gateway"
      ? { DEPTHMESH_HOST, DEPTHMESH_INTERNAL_HOST: host }
      : { DEPTHMESH_HOST: host };
}

function publicHost(host: string): string {
  return environmentVariable("DEPTHMESH_IDENTITY") === "on" ? host : LOOPBACK;
}

/**
 * Where the whole mesh is on this machine, "every address" is meant for callers of the API: the
 * processes reach each other on the loopback.
 */
export function hostsOfOneMachine(environment: Settings): HostsFor {
  const given = (name: string) => environment[name] ?? environmentVariable(name);
  const isEvery = isWildcard(given("DEPTHMESH_HOST") ?? LOOPBACK);
  if (!isEvery || given("DEPTHMESH_ADVERTISE_HOST") !== undefined) return () => ({});
  const DEPTHMESH_INTERNAL_HOST = given("DEPTHMESH_INTERNAL_HOST") ?? LOOPBACK;
  return (service) =>
    service === "gateway" ? { DEPTHMESH_INTERNAL_HOST } : { DEPTHMESH_HOST: LOOPBACK };
}

/**
 * Throws an error that names the option where other hosts could not call `host`. A name is judged
 * by what it means on this machine: Debian lets the name of the machine itself mean 127.0.1.1, and
 * `0` means every address.
 */
export async function assertIsForOthers(host: string): Promise<void> {
  const found = await lookup(host, { all: true }).catch(() => []);
  for (const address of [host, ...found.map((one) => one.address)]) {
    const meant = address === host ? host : `${host} is ${address} on this machine, which`;
    if (isWildcard(address)) {
      throw new Error(
        `--listen ${meant} means every address of this machine, and other hosts need one that they can call: pass a name or an address of this machine that they reach`,
      );
    }
    if (isLoopback(address)) {
      throw new Error(
        `--listen ${meant} is an address that only this machine reaches: pass a name or an address of this machine that the other hosts reach`,
      );
    }
  }
}

/**
 * Throws an error that names the option where this machine has no such address, where it is every
 * address, and where another program has the port.
 */
export async function assertCanListen({ host, natsPort, internalPort }: Listening): Promise<void> {
  await assertIsForOthers(host);
  if (!(await isFree(host, 0))) {
    throw new Error(
      `--listen ${host} is no address of this machine; \`ip address\` lists those that it has`,
    );
  }
  for (const [option, port] of [
    ["--nats-port", natsPort],
    ["--internal-port", internalPort],
  ] as const) {
    if (await isFree(host, port)) continue;
    throw new Error(
      `port ${port} of ${host} is in use by another process; choose another one with ${option}`,
    );
  }
}
