/** The ports that a mesh gives to its gateway: those that were asked for, and quiet ones. */
import { isFree, quietPort, readGatewayPorts } from "./gateway-address.js";

/** Settings with which a service takes any free port. */
export const FREE_PORTS = {
  DEPTHMESH_PORT: "0",
  DEPTHMESH_ADMIN_PORT: "0",
  DEPTHMESH_INTERNAL_PORT: "0",
};

interface WantedPort {
  readonly variable: keyof typeof FREE_PORTS;
  readonly host: string;
  /** 0 for any. */
  readonly port: number;
}

interface ChosenPort extends WantedPort {
  readonly isAsked: boolean;
}

/** Throws for a wrong setting. */
export function gatewayPorts(
  settings: Readonly<Record<string, string>>,
  port: number,
  adminPort: number,
  internalPort = 0,
): readonly WantedPort[] {
  const { host, adminHost, internalHost } = readGatewayPorts(settings);
  return [
    { variable: "DEPTHMESH_PORT", host, port },
    { variable: "DEPTHMESH_ADMIN_PORT", host: adminHost || host, port: adminPort },
    { variable: "DEPTHMESH_INTERNAL_PORT", host: internalHost || host, port: internalPort },
  ];
}

/** A quiet port for each that may be any. 0 stays where none was found. */
export async function choosePorts(wanted: readonly WantedPort[]): Promise<readonly ChosenPort[]> {
  const chosen: ChosenPort[] = [];
  for (const one of wanted) {
    const isAsked = one.port !== 0;
    const taken = new Set(chosen.map(({ port }) => port));
    let port = isAsked ? one.port : await quietPort(one.host);
    while (!isAsked && port !== 0 && taken.has(port)) port = await quietPort(one.host);
    chosen.push({ ...one, port, isAsked });
  }
  return chosen;
}

export function portSettings(ports: readonly ChosenPort[]): Record<string, string> {
  return Object.fromEntries(ports.map(({ variable, port }) => [variable, String(port)]));
}

/** Whether another program listens on a port that was chosen here. */
export async function isOneTaken(ports: readonly ChosenPort[]): Promise<boolean> {
  const chosen = ports.filter(({ isAsked, port }) => !isAsked && port !== 0);
  const free = await Promise.all(chosen.map(({ host, port }) => isFree(host, port)));
  return free.includes(false);
}
