/**
 * One service of the mesh (gateway, depth, render or encode) as a supervised child process: its
 * command, its environment, the line that tells its address, and its health check.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DepthmeshError } from "../core/errors.js";
import { childEnvironment } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import { askHealth } from "../kit/rpc/health.js";
import { type Restart, Supervised } from "./supervised.js";

export type ServiceName = "gateway" | "depth" | "render" | "encode";

const START_TIMEOUT_MS = 60_000;
/**
 * Photos and frames are outside of V8's heap, so a small heap costs no time. With V8's default
 * semi-space of 16 MiB the young generation still grows after a thousand jobs, and garbage may fill
 * the old generation to three times the live data before it is collected. deploy/start sets the
 * same options.
 */
const V8_OPTIONS = ["--max-semi-space-size=8", "--heap-growing-percent=50"];
/** The line that `readyLine` of kit/process/service.ts writes. */
const READY_LINE = /^ready grpc=(?<advertised>\S+) listening=(?<listening>\S+)$/;

export interface ChildOptions {
  readonly service: ServiceName;
  readonly environment: Readonly<Record<string, string>>;
  /** The folder whose dist/ it runs from; this package by default. */
  readonly folder?: string;
  /** File descriptor for log lines, or "inherit". */
  readonly log: number | "inherit";
  /** The longest delay before a restart. */
  readonly maxRestartDelayMs?: number;
  readonly onRestart?: (service: ServiceName, restart: Restart) => void;
  /** Time between two health checks; without it, a hanging process is not noticed. */
  readonly probeEveryMs?: number;
}

export class ServiceChild {
  readonly service: ServiceName;
  readonly #options: ChildOptions;
  readonly #supervised: Supervised;
  #advertised = "";
  /** Its own address on this host; the advertised one may be that of a proxy in front of it. */
  #listening = "";

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
          ask: (timeoutMs) => askHealth(this.#listening, timeoutMs),
        },
      }),
    });
  }

  /** host:port under which other processes reach its gRPC server. */
  get address(): string {
    return this.#advertised;
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

  /** Sends SIGTERM and waits for the drain; sends SIGKILL after `graceMs`. */
  stop(graceMs: number): Promise<void> {
    return this.#supervised.stop(graceMs);
  }

  #spawn(): { child: ChildProcess; ready: Promise<void> } {
    const { service, environment, log } = this.#options;
    // Workers must find a restarted gateway at the same port.
    const port = this.#listening.split(":").at(-1);
    const samePort = port && service === "gateway" ? { DEPTHMESH_PORT: port } : {};
    const child = spawn(
      "setpriv",
      [
        "--pdeathsig",
        "TERM",
        "--",
        process.execPath,
        ...V8_OPTIONS,
        join(this.#options.folder ?? packagePath(), "dist/services", service, "main.js"),
      ],
      {
        env: childEnvironment({ ...environment, ...samePort }),
        // A process group of its own: Ctrl-C reaches only the supervisor, which stops the services
        // in order.
        detached: true,
        stdio: ["ignore", "pipe", log],
      },
    );
    const ready = untilReady(child, service).then(({ advertised, listening }) => {
      this.#advertised = advertised;
      this.#listening = listening;
    });
    return { child, ready };
  }
}

interface Addresses {
  readonly advertised: string;
  readonly listening: string;
}

function untilReady(child: ChildProcess, service: string): Promise<Addresses> {
  const timer = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
  const died = new Promise<never>((_resolve, reject) => {
    const message = `the ${service} service ended during its start; its log has the cause`;
    const fail = () => reject(new DepthmeshError("SERVICE_UNAVAILABLE", message));
    child.once("exit", fail).once("error", fail);
  });
  return Promise.race([firstReadyLine(child), died]).finally(() => clearTimeout(timer));
}

async function firstReadyLine(child: ChildProcess): Promise<Addresses> {
  if (!child.stdout) throw new Error("a child without standard output");
  const lines = createInterface({ input: child.stdout });
  let found: Addresses | undefined;
  for await (const line of lines) {
    const { advertised, listening } = READY_LINE.exec(line)?.groups ?? {};
    if (!advertised || !listening) continue;
    found = { advertised, listening };
    break;
  }
  // Leaving the loop pauses the stream; later lines must not fill the pipe.
  child.stdout.resume();
  // The output was closed; the exit of the process tells more.
  return found ?? new Promise(() => {});
}
