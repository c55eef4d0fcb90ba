/** One supervised service process: started again with back-off when it dies. */
import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pause } from "../../kit/backoff.js";
import { childEnvironment } from "../../kit/config.js";
import { DepthmeshError } from "../../kit/errors.js";
import { packagePath } from "../../kit/paths.js";
import { READY_PREFIX } from "../../kit/service.js";

export type ServiceName = "gateway" | "depth" | "render" | "encode";

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 10_000;
/** A process that ran this long has recovered; its next death starts the back-off anew. */
const STABLE_MS = 30_000;
const START_TIMEOUT_MS = 60_000;

export interface ChildOptions {
  readonly service: ServiceName;
  readonly environment: Readonly<Record<string, string>>;
  /** Folder that holds its dist; unset means this package. */
  readonly folder?: string;
  /** File descriptor for its log lines, or "inherit". */
  readonly log: number | "inherit";
  /** Longest wait before it is started again. */
  readonly maxRestartDelayMs?: number;
  readonly onRestart?: (service: ServiceName, delayMs: number) => void;
}

export class ServiceChild {
  readonly service: ServiceName;
  readonly #options: ChildOptions;
  #process: ChildProcess | undefined;
  #address = "";
  #stopping = false;
  readonly #stopped = new AbortController();
  #life: Promise<void> = Promise.resolve();
  #serving = false;
  readonly #changes = new EventEmitter();

  constructor(options: ChildOptions) {
    this.#options = options;
    this.service = options.service;
  }

  /** host:port of its gRPC server. */
  get address(): string {
    return this.#address;
  }

  /** Resolves as soon as a process of it serves. */
  async untilServing(): Promise<void> {
    while (!this.#serving) await once(this.#changes, "serving");
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Start it and wait until it serves. Rejects when it dies before; later deaths are mended. */
  async start(): Promise<void> {
    await this.#spawn();
    this.#life = this.#superviseFrom(Date.now());
  }

  /** SIGTERM, wait for its drain, SIGKILL after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#stopped.abort();
    const child = this.#process;
    if (child && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      const killer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await exited;
      clearTimeout(killer);
    }
    await this.#life;
  }

  async #superviseFrom(startedAtMs: number): Promise<void> {
    let delayMs = FIRST_DELAY_MS;
    let since = startedAtMs;
    while (!this.#stopping) {
      const child = this.#process;
      if (child && child.exitCode === null && child.signalCode === null) await once(child, "exit");
      if (this.#stopping) return;
      if (Date.now() - since > STABLE_MS) delayMs = FIRST_DELAY_MS;
      this.#options.onRestart?.(this.service, delayMs);
      await pause(delayMs, this.#stopped.signal);
      delayMs = Math.min(delayMs * 2, this.#options.maxRestartDelayMs ?? MAX_DELAY_MS);
      if (this.#stopping) return;
      since = Date.now();
      // A failed start leaves a dead process: the loop sees it and waits longer.
      await this.#spawn().catch(() => {});
    }
  }

  async #spawn(): Promise<void> {
    const { service, environment, log } = this.#options;
    // Workers must find a restarted gateway where it was.
    const port = this.#address.split(":").at(-1);
    const samePort = port && service === "gateway" ? { DEPTHMESH_PORT: port } : {};
    const child = spawn(
      "setpriv",
      [
        "--pdeathsig",
        "TERM",
        "--",
        process.execPath,
        join(this.#options.folder ?? packagePath(), "dist/services", service, "main.js"),
      ],
      {
        env: childEnvironment({ ...environment, ...samePort }),
        // A group of its own: Ctrl-C reaches the supervisor only, which stops them in order.
        detached: true,
        stdio: ["ignore", "pipe", log],
      },
    );
    this.#process = child;
    this.#serving = false;
    child.once("exit", () => {
      this.#serving = false;
    });
    this.#address = await readyAddress(child, service);
    this.#serving = true;
    this.#changes.emit("serving");
  }
}

async function readyAddress(child: ChildProcess, service: string): Promise<string> {
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

async function firstReadyLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error("a child without standard output");
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    if (!line.startsWith(READY_PREFIX)) continue;
    // Nothing more is expected; what comes must not fill the pipe.
    child.stdout.resume();
    return line.slice(READY_PREFIX.length);
  }
  // The output closed: its exit says more.
  return new Promise(() => {});
}
