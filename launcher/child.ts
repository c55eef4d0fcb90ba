/** One supervised service process: started again with back-off when it dies or answers no more. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
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
 * Photos and frames lie outside of V8's heap, so a heap that is held small costs no time. At V8's
 * own 16 MiB a half the young generation still grows after a thousand jobs; and garbage may fill
 * the old one to three times of what lives there before it is looked at. deploy/start says the
 * same.
 */
const V8_OPTIONS = ["--max-semi-space-size=8", "--heap-growing-percent=50"];
/** What `readyLine` of kit/process/service.ts writes. */
const READY_LINE = /^ready grpc=(?<advertised>\S+) listening=(?<listening>\S+)$/;

export interface ChildOptions {
  readonly service: ServiceName;
  readonly environment: Readonly<Record<string, string>>;
  /** Folder that holds its dist; unset means this package. */
  readonly folder?: string;
  /** File descriptor for its log lines, or "inherit". */
  readonly log: number | "inherit";
  /** Longest wait before it is started again. */
  readonly maxRestartDelayMs?: number;
  readonly onRestart?: (service: ServiceName, restart: Restart) => void;
  /** Between two questions for its health; unset means that nobody asks. */
  readonly probeEveryMs?: number;
}

export class ServiceChild {
  readonly service: ServiceName;
  readonly #options: ChildOptions;
  readonly #supervised: Supervised;
  #advertised = "";
  /** Of its own on this host, whatever stands between it and those who use the advertised one. */
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

  /** host:port under which others reach its gRPC server. */
  get address(): string {
    return this.#advertised;
  }

  /** Resolves as soon as a process of it serves. */
  untilServing(): Promise<void> {
    return this.#supervised.untilReady();
  }

  /** Undefined while none runs. */
  get pid(): number | undefined {
    return this.#supervised.pid;
  }

  /** Start it and wait until it serves. Rejects when it dies before; later deaths are mended. */
  start(): Promise<void> {
    return this.#supervised.start();
  }

  /** SIGTERM, wait for its drain, SIGKILL after `graceMs`. */
  stop(graceMs: number): Promise<void> {
    return this.#supervised.stop(graceMs);
  }

  #spawn(): { child: ChildProcess; ready: Promise<void> } {
    const { service, environment, log } = this.#options;
    // Workers must find a restarted gateway where it was.
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
        // A group of its own: Ctrl-C reaches the supervisor only, which stops them in order.
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

async function untilReady(child: ChildProcess, service: string): Promise<Addresses> {
  const stop = new AbortController();
  const timer = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
  const died = Promise.race([
    once(child, "exit", { signal: stop.signal }),
    once(child, "error", { signal: stop.signal }),
  ]).then(() => {
    const message = `the ${service} service ended while it started; its log says why`;
    throw new DepthmeshError("SERVICE_UNAVAILABLE", message);
  });
  died.catch(() => {});
  try {
    return await Promise.race([firstReadyLine(child), died]);
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
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
  // Leaving the loop pauses it; what comes later must not fill the pipe.
  child.stdout.resume();
  // The output closed: its exit says more.
  return found ?? new Promise(() => {});
}
