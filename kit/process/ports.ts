/**
 * The ports of one process: a gRPC server for each kind of caller, which sees the services of its
 * port only.
 */
import type { CommonConfig } from "../config.js";
import { formatHostPort, parseHostPort } from "../network/host-port.js";
import type { CallGuard } from "../rpc/call-guard.js";
import { type RpcServer, type RpcService, startRpcServer } from "../rpc/server.js";
import type { CertificateFiles } from "../tls/certificate-files.js";
import type { ProcessAccess } from "./access.js";

/**
 * Who calls: people and programs that use the API, those that run the mesh, and the processes of
 * the mesh itself.
 */
export type PortName = "public" | "admin" | "internal";

/** A port to open. */
export interface ServicePort {
  readonly name: PortName;
  readonly host: string;
  readonly port: number;
  /** The setting that chose the port, for errors. */
  readonly variable: string;
  readonly services: readonly RpcService[];
  /** Judges every call; without it every caller is trusted. */
  readonly guard?: CallGuard;
  /** Encrypts the port; without them it is not. */
  readonly certificates?: CertificateFiles | undefined;
}

/** The one port of a worker. Throws where it would be open to other machines unasked. */
export function workerPort(
  { host, port }: Pick<CommonConfig, "host" | "port">,
  services: readonly RpcService[],
  { certificates, internalGuard }: ProcessAccess,
): readonly ServicePort[] {
  const guard = internalGuard(host);
  return [
    { name: "internal", host, port, variable: "DEPTHMESH_PORT", services, guard, certificates },
  ];
}

/** A port that is open: host:port under which others reach it, and on which it listens. */
export interface OpenPort {
  readonly name: PortName;
  readonly advertised: string;
  readonly listening: string;
}

/**
 * The longest that calls of the mesh's own processes may continue when the calls of other callers
 * have taken the whole time of a drain.
 */
const LAST_CALLS_MS = 2_000;

export class OpenPorts {
  readonly #servers: ReadonlyMap<PortName, RpcServer>;
  readonly open: readonly OpenPort[];

  private constructor(servers: ReadonlyMap<PortName, RpcServer>, open: readonly OpenPort[]) {
    this.#servers = servers;
    this.open = open;
  }

  /**
   * Opens the ports. `advertise` tells the name of a port for others; a port in it is that of a
   * proxy in front of the first one. Throws an error in words of ours where a port cannot be
   * opened; the others are closed then.
   */
  static async open(
    ports: readonly ServicePort[],
    advertise: (port: ServicePort) => Promise<string> | string,
  ): Promise<OpenPorts> {
    const servers = new Map<PortName, RpcServer>();
    const open: OpenPort[] = [];
    for (const [index, wanted] of ports.entries()) {
      const { name, host, port, services, ...options } = wanted;
      try {
        const advertisedName = await advertise(wanted);
        const server = await startRpcServer(host, port, services, options);
        servers.set(name, server);
        const isFirst = index === 0;
        const advertised = advertisedAddress(advertisedName, server.port, isFirst);
        open.push({ name, advertised, listening: server.address });
      } catch (error) {
        await Promise.all([...servers.values()].map((server) => server.close(0)));
        throw listenError(error, wanted);
      }
    }
    return new OpenPorts(servers, open);
  }

  /** host:port under which other processes reach the port with this name; the first by default. */
  addressOf(name?: PortName): string {
    const port = this.open.find((one) => name === undefined || one.name === name);
    return port?.advertised ?? "";
  }

  setServing(serving: boolean): void {
    for (const server of this.#servers.values()) server.setServing(serving);
  }

  /** See RpcServer. */
  endEndless(): void {
    for (const server of this.#servers.values()) server.endEndless();
  }

  /**
   * Closes the ports; running calls may continue for `graceMs`. The internal one is the last,
   * because calls on the others may wait for what a worker brings.
   */
  async close(graceMs: number): Promise<void> {
    const untilMs = performance.now() + graceMs;
    const others = [...this.#servers].filter(([name]) => name !== "internal");
    await Promise.all(others.map(([, server]) => server.close(graceMs)));
    const leftMs = Math.max(untilMs - performance.now(), Math.min(graceMs, LAST_CALLS_MS));
    await this.#servers.get("internal")?.close(leftMs);
  }
}

/**
 * The line on standard output that a supervisor waits for: the advertised address of the first
 * port, the address that it listens on, and the same of the others.
 */
export function readyLine([first, ...others]: readonly OpenPort[]): string {
  const words = others.map((port) => `${port.name}=${port.advertised}@${port.listening}`);
  return ["ready", `grpc=${first?.advertised}`, `listening=${first?.listening}`, ...words].join(
    " ",
  );
}

const READY_LINE =
  /^ready (?<first>grpc|http)=(?<advertised>\S+)(?: listening=(?<listening>\S+)(?<others>.*))?$/;
const OTHER_PORT = /(?<name>\w+)=(?<advertised>[^\s@]+)@(?<listening>\S+)/g;

/**
 * The addresses in a ready line, by the port's name, the first as `grpc` or `http`; undefined for
 * other lines.
 */
export function parseReadyLine(
  line: string,
): ReadonlyMap<string, Omit<OpenPort, "name">> | undefined {
  const { first, advertised, listening = advertised, others } = READY_LINE.exec(line)?.groups ?? {};
  if (!first || !advertised || !listening) return undefined;
  const ports = new Map([[first, { advertised, listening }]]);
  for (const { groups } of (others ?? "").matchAll(OTHER_PORT)) {
    const { name = "", advertised = "", listening = "" } = groups ?? {};
    ports.set(name, { advertised, listening });
  }
  return ports;
}

/**
 * host:port of a port under its advertised name. A port in that is the one of a proxy or forwarded
 * port in front of the `isFirst` port of the process.
 */
export function advertisedAddress(advertised: string, port: number, isFirst: boolean): string {
  const { host = advertised, port: ofProxy } = parseHostPort(advertised) ?? {};
  return formatHostPort(host, isFirst ? (ofProxy ?? port) : port);
}

const PORT_OPTIONS: Readonly<Record<string, string>> = {
  DEPTHMESH_PORT: "--port",
  DEPTHMESH_ADMIN_PORT: "--admin-port",
};

/** Says in words of ours why the server cannot listen, and what to do. */
function listenError(error: unknown, { host, port, variable }: ServicePort): unknown {
  const text = String(error);
  if (text.includes("EADDRINUSE")) {
    const option = PORT_OPTIONS[variable];
    const choice = option ? `${option} of \`depthmesh up\`, or ${variable}` : variable;
    const message = `port ${port} of ${host} is in use by another process; choose another port (${choice})`;
    return new Error(message, { cause: error });
  }
  if (text.includes("EADDRNOTAVAIL") || text.includes("ENOTFOUND")) {
    const setting = variable.replace(/_PORT$/, "_HOST");
    return new Error(`${setting} is "${host}", which is no address of this machine`, {
      cause: error,
    });
  }
  return error;
}
