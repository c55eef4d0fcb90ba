/**
 * The gateway's address before the gateway runs, so that the workers, who are told it, can start at
 * the same time.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { COMMON_SETTINGS, childEnvironment, readSettings } from "../kit/config.js";
import { GATEWAY_PORT_SETTINGS } from "../kit/process/gateway-ports.js";
import { advertisedAddress } from "../kit/process/ports.js";

const FIRST_PORT = 10_240;
const LAST_PORT = 65_535;
const ATTEMPTS = 20;

/**
 * A port of `host` that nobody listens on. The kernel gives it to no connection or listener that
 * asks for any port, so it stays free until the gateway takes it, unless somebody wants exactly
 * this one. 0 if none was found, or if the host has no such address.
 */
export async function quietPort(host: string): Promise<number> {
  const { first, last } = portsBeside(rangeOfKernel());
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = first + Math.floor(Math.random() * (last - first + 1));
    if (await isFree(host, port)) return port;
  }
  return 0;
}

/**
 * host:port of the internal port, under which the workers will reach a gateway with these settings;
 * undefined if it takes any port.
 */
export function addressOfGateway(settings: Readonly<Record<string, string>>): string | undefined {
  const read = readGatewayPorts(settings);
  if (read.internalPort === 0) return undefined;
  const { advertiseHost } = readSettings(
    { advertiseHost: COMMON_SETTINGS.advertiseHost },
    childEnvironment(settings),
  );
  const name = advertiseHost || read.internalHost || read.host;
  // A port beside the host's name is that of the public port.
  return advertisedAddress(name, read.internalPort, false);
}

/** The ports in a gateway's settings. Throws for a wrong one. */
export function readGatewayPorts(settings: Readonly<Record<string, string>>) {
  return readSettings(GATEWAY_PORT_SETTINGS, childEnvironment(settings));
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** The larger part of the ports from FIRST_PORT on that is outside of `taken`. */
export function portsBeside(taken: Range): Range {
  const below = { first: FIRST_PORT, last: Math.min(LAST_PORT, taken.first - 1) };
  const above = { first: Math.max(FIRST_PORT, taken.last + 1), last: LAST_PORT };
  const [larger] = [below, above].sort((a, b) => b.last - b.first - (a.last - a.first));
  return larger && larger.first <= larger.last ? larger : { first: FIRST_PORT, last: LAST_PORT };
}

function rangeOfKernel(): Range {
  try {
    const text = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8");
    const [first = 0, last = 0] = text.split(/\s+/).map(Number);
    return { first, last };
  } catch {
    return { first: 32_768, last: 60_999 };
  }
}

/** Whether a program could listen on this port. */
export async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
