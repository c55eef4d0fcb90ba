/**
 * One service of the mesh (gateway, depth, render or encode) as a supervised child process: its
 * command, its environment, the line that tells its address, and its health check.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DepthmeshError } from "../core/errors.js";
import { pause } from "../kit/async/delay.js";
import { childEnvironment } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import { FAILED, SUPERVISED } from "../kit/process/service.js";
import { askHealth } from "../kit/rpc/health.js";
import { type Restart, Supervised } from "./supervised.js";

export type ServiceName = "gateway" | "depth" | "render" | "encode";

const START_TIMEOUT_MS = 60_000;
const LAST_WORDS_MS = 1_000;
const NO_WORDS = "it ended without a word; its log has the cause";
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

  get environment(): Readonly<Record<string, string>> {
    return this.#options.environment;
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
        "--enable-source-maps",
        programOf(service, this.#options.folder ?? packagePath()),
        SUPERVISED,
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

/**
 * The service's program in the package in `folder`: the one in a single file, unless something was
 * compiled after it was made.
 */
function programOf(service: ServiceName, folder: string): string {
  const path = join("services", service, "main.js");
  const bundled = join(folder, "dist", "bundle", path);
  const madeMs = modifiedMs(bundled);
  const compiledMs = modifiedMs(join(folder, "dist", ".tsbuildinfo")) ?? 0;
  return madeMs !== undefined && madeMs >= compiledMs ? bundled : join(folder, "dist", path);
}

function modifiedMs(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

interface Addresses {
  readonly advertised: string;
  readonly listening: string;
}

async function untilReady(child: ChildProcess, service: string): Promise<Addresses> {
  const timer = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
  // Its last words may still be in the pipe when it has ended.
  const ended = once(child, "exit").then(() => pause(LAST_WORDS_MS));
  try {
    const first = await Promise.race([firstLine(child), ended]);
    if (first && "advertised" in first) return first;
    const why = first?.failed ?? NO_WORDS;
    throw new DepthmeshError("SERVICE_UNAVAILABLE", `the ${service} service did not start: ${why}`);
  } finally {
    clearTimeout(timer);
  }
}

/** The addresses that the service announces, or why it cannot start. */
async function firstLine(child: ChildProcess): Promise<Addresses | { readonly failed: string }> {
  if (!child.stdout) throw new Error("a child without standard output");
  const lines = createInterface({ input: child.stdout });
  let found: Addresses | { readonly failed: string } | undefined;
  for await (const line of lines) {
    const { advertised, listening } = READY_LINE.exec(line)?.groups ?? {};
    if (line.startsWith(FAILED)) found = { failed: JSON.parse(line.slice(FAILED.length)) };
    if (advertised && listening) found = { advertised, listening };
    if (found) break;
  }
  // Leaving the loop pauses the stream; later lines must not fill the pipe.
  child.stdout.resume();
  return found ?? { failed: NO_WORDS };
}
