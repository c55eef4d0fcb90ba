/**
 * One service (gateway, depth, render, encode or web) as a supervised child process: its command,
 * its environment, the line that tells its address, and its health check.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DepthmeshError } from "../core/errors.js";
import { pause } from "../kit/async/delay.js";
import { childEnvironment } from "../kit/config.js";
import { formatHostPort, hostFromHere, parseHostPort } from "../kit/network/host-port.js";
import { packagePath } from "../kit/process/package-path.js";
import { type OpenPort, type PortName, parseReadyLine } from "../kit/process/ports.js";
import { FAILED, SUPERVISED } from "../kit/process/run-main.js";
import { askHealth } from "../kit/rpc/health.js";
import type { MeshAccess } from "../kit/rpc/mesh-access.js";
import { askHttpHealth } from "./http-health.js";
import { type Restart, Supervised } from "./supervised.js";

/** The services that make a mesh. */
export type ServiceName = "gateway" | "depth" | "render" | "encode";
/** What is supervised: the web service is a client of the mesh. */
export type ChildName = ServiceName | "web";

/** A port of a child, by the name in its ready line. */
type ChildPort = "grpc" | "http" | Exclude<PortName, "public">;

const START_TIMEOUT_MS = 60_000;
const LAST_WORDS_MS = 1_000;
const NO_WORDS = "it ended without a word; its log has the cause";
/** The settings by which a process that is started again keeps its ports. */
const PORT_VARIABLES: readonly (readonly [name: string, variable: string])[] = [
  ["grpc", "DEPTHMESH_PORT"],
  ["admin", "DEPTHMESH_ADMIN_PORT"],
  ["internal", "DEPTHMESH_INTERNAL_PORT"],
  ["http", "DEPTHMESH_PORT"],
];

export interface ChildOptions {
  readonly service: ChildName;
  readonly environment: Readonly<Record<string, string>>;
  /** The folder whose dist/ it runs from; this package by default. */
  readonly folder?: string;
  /** File descriptor for log lines, or "inherit". */
  readonly log: number | "inherit";
  /** The longest delay before a restart. */
  readonly maxRestartDelayMs?: number;
  readonly onRestart?: (service: ChildName, restart: Restart) => void;
  /** Time between two health checks; without it, a hanging process is not noticed. */
  readonly probeEveryMs?: number;
  /** How its health is asked; not encrypted by default. */
  readonly access?: MeshAccess;
}

export class ServiceChild {
  readonly service: ChildName;
  readonly #options: ChildOptions;
  readonly #supervised: Supervised;
  /** Where it listens on this host; an advertised address may be that of a proxy in front of it. */
  #ports: Ports = new Map();

  constructor(options: ChildOptions) {
    this.#options = options;
    this.service = options.service;
    this.#supervised = new Supervised({
      spawn: () => this.#spawn(),
      ...(options.maxRestartDelayMs !== undefined && { maxDelayMs: options.maxRestartDelayMs }),
      onRestart: (restart) => options.onRestart?.(options.service, restart),
      ...(options.probeEveryMs !== undefined && {
        probe: {
          everyMs: options.probeEveryMs,
          ask: (timeoutMs) => this.#askHealth(timeoutMs),
        },
      }),
    });
  }

  /** The public port may have a certificate that says nothing of this machine. */
  get #probed(): string {
    return (this.#ports.get("internal") ?? this.#ports.get("grpc"))?.listening ?? "";
  }

  #askHealth(timeoutMs: number): Promise<unknown> {
    const http = this.#ports.get("http");
    if (http) return askHttpHealth(http.listening, timeoutMs);
    return askHealth(this.#probed, timeoutMs, this.#options.access);
  }

  get environment(): Readonly<Record<string, string>> {
    return this.#options.environment;
  }

  /** host:port under which other processes reach its gRPC server. */
  get address(): string {
    return this.addressOf("grpc");
  }

  /** The same for a port with a name, of the gateway or (`http`) of the web service. */
  addressOf(port: ChildPort): string {
    return this.#ports.get(port)?.advertised ?? "";
  }

  /** Where a process of this host reaches the port, whatever it advertises to others. */
  localAddressOf(port: ChildPort): string {
    const listening = this.#ports.get(port)?.listening ?? "";
    const { host, port: number } = parseHostPort(listening) ?? {};
    if (host === undefined || number === undefined) return listening;
    return formatHostPort(hostFromHere(host), number);
  }

  /** Resolves when one of its processes serves. */
  untilServing(): Promise<void> {
    return this.#supervised.untilReady();
  }

  /** Undefined while no process runs. */
  get pid(): number | undefined {
    return this.#supervised.pid;
  }

  /** Starts it and waits until it serves. Rejects if it dies before; later it is restarted. */
  start(): Promise<void> {
    return this.#supervised.start();
  }

  /** The callers' streams end; the process still serves the rest of the mesh. */
  endStreams(): void {
    this.#supervised.signal("SIGUSR2");
  }

  /** Sends SIGTERM and waits for the drain; sends SIGKILL after `graceMs`. */
  stop(graceMs: number): Promise<void> {
    return this.#supervised.stop(graceMs);
  }

  #spawn(): { child: ChildProcess; ready: Promise<void> } {
    const { service, environment, log } = this.#options;
    // Callers, pages and workers must find what was restarted at the same ports.
    const keepsPorts = service === "gateway" || service === "web";
    const samePorts = keepsPorts ? portSettings(this.#ports) : {};
    const child = spawn(
      "setpriv",
      [
        "--pdeathsig",
        "TERM",
        "--",
        process.execPath,
        "--enable-source-maps",
        programOf(service, this.#options.folder ?? packagePath()),
        SUPERVISED,
      ],
      {
        env: childEnvironment({ ...environment, ...samePorts }),
        // A process group of its own: Ctrl-C reaches only the supervisor, which stops the services
        // in order.
        detached: true,
        stdio: ["ignore", "pipe", log],
      },
    );
    const ready = untilReady(child, service).then((ports) => {
      this.#ports = ports;
    });
    return { child, ready };
  }
}

/**
 * The service's program in the package in `folder`: the one in a single file, unless something was
 * compiled after it was made.
 */
function programOf(service: ChildName, folder: string): string {
  const path = join("services", service, "main.js");
  const bundled = join(folder, "dist", "bundle", path);
  const madeMs = modifiedMs(bundled);
  const compiledMs = modifiedMs(join(folder, "dist", ".tsbuildinfo")) ?? 0;
  return madeMs !== undefined && madeMs >= compiledMs ? bundled : join(folder, "dist", path);
}

function modifiedMs(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

/** By name; the first port of a process has the name `grpc`. */
type Ports = ReadonlyMap<string, Omit<OpenPort, "name">>;

function portSettings(ports: Ports): Record<string, string> {
  return Object.fromEntries(
    PORT_VARIABLES.flatMap(([name, variable]) => {
      // That of the web service is the origin of its pages.
      const address = ports.get(name)?.listening.replace(/^https?:\/\//, "") ?? "";
      const number = parseHostPort(address)?.port;
      return number === undefined ? [] : [[variable, String(number)]];
    }),
  );
}

async function untilReady(child: ChildProcess, service: string): Promise<Ports> {
  const timer = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
  // Its last words may still be in the pipe when it has ended.
  const ended = once(child, "exit").then(() => pause(LAST_WORDS_MS));
  try {
    const first = await Promise.race([firstLine(child), ended]);
    if (first && !("failed" in first)) return first;
    const why = first?.failed ?? NO_WORDS;
    throw new DepthmeshError("SERVICE_UNAVAILABLE", `the ${service} service did not start: ${why}`);
  } finally {
    clearTimeout(timer);
  }
}

/** The addresses that the service announces, or why it cannot start. */
async function firstLine(child: ChildProcess): Promise<Ports | { readonly failed: string }> {
  if (!child.stdout) throw new Error("a child without standard output");
  const lines = createInterface({ input: child.stdout });
  let found: Ports | { readonly failed: string } | undefined;
  for await (const line of lines) {
    if (line.startsWith(FAILED)) found = { failed: JSON.parse(line.slice(FAILED.length)) };
    else found = parseReadyLine(line);
    if (found) break;
  }
  // Leaving the loop pauses the stream; later lines must not fill the pipe.
  child.stdout.resume();
  return found ?? { failed: NO_WORDS };
}
