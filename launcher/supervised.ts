/**
 * A process that is started again with back-off when it dies, and killed when it answers no more.
 */
import type { ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { pause } from "../kit/async/delay.js";
import { type LivenessProbe, untilSilent } from "./liveness.js";

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 10_000;
/** A process that ran this long has recovered; its next death starts the back-off anew. */
const STABLE_MS = 30_000;

export interface Restart {
  readonly cause: "died" | "silent";
  readonly delayMs: number;
}

export interface SupervisedOptions {
  /** Start the process; `ready` rejects when it dies before it serves. */
  readonly spawn: () => { readonly child: ChildProcess; readonly ready: Promise<void> };
  /** Longest wait before it is started again. */
  readonly maxDelayMs?: number;
  readonly onRestart?: (restart: Restart) => void;
  readonly probe?: LivenessProbe;
}

export class Supervised {
  readonly #options: SupervisedOptions;
  #process: ChildProcess | undefined;
  readonly #stopped = new AbortController();
  #life: Promise<void> = Promise.resolve();
  /** The process that was ready last. */
  #ready: ChildProcess | undefined;
  readonly #changes = new EventEmitter();

  constructor(options: SupervisedOptions) {
    this.#options = options;
  }

  /** Undefined while none runs. */
  get pid(): number | undefined {
    return this.#process && isRunning(this.#process) ? this.#process.pid : undefined;
  }

  /**
   * Resolves as soon as a process of it runs that is ready, and is not the one that is known to be
   * dying.
   */
  async untilReady(dyingPid?: number): Promise<void> {
    const isReady = () => this.#ready && isRunning(this.#ready) && this.#ready.pid !== dyingPid;
    while (!isReady()) await once(this.#changes, "ready");
  }

  /** Start it and wait until it serves. Rejects when it dies before; later deaths are mended. */
  async start(): Promise<void> {
    await this.#spawn();
    this.#life = this.#superviseFrom(Date.now());
  }

  /** SIGTERM, wait for its end, SIGKILL after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped.abort();
    const child = this.#process;
    if (child && isRunning(child)) {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      const killer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await exited;
      clearTimeout(killer);
    }
    await this.#life;
  }

  async #superviseFrom(startedAtMs: number): Promise<void> {
    const { signal } = this.#stopped;
    let delayMs = FIRST_DELAY_MS;
    let since = startedAtMs;
    while (!signal.aborted) {
      const child = this.#process;
      const cause = child && isRunning(child) ? await this.#endOf(child) : "died";
      if (signal.aborted) return;
      if (Date.now() - since > STABLE_MS) delayMs = FIRST_DELAY_MS;
      this.#options.onRestart?.({ cause, delayMs });
      await pause(delayMs, signal);
      delayMs = Math.min(delayMs * 2, this.#options.maxDelayMs ?? MAX_DELAY_MS);
      if (signal.aborted) return;
      since = Date.now();
      // A failed start leaves a dead process: the loop sees it and waits longer.
      await this.#spawn().catch(() => {});
    }
  }

  /** How it ended. One that answers no more is killed: SIGKILL ends stopped processes too. */
  async #endOf(child: ChildProcess): Promise<Restart["cause"]> {
    const { probe } = this.#options;
    const exited = once(child, "exit");
    if (!probe) {
      await exited;
      return "died";
    }
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#stopped.signal]);
    let cause: Restart["cause"] = "died";
    const kill = () => {
      cause = "silent";
      child.kill("SIGKILL");
    };
    void untilSilent(probe, signal).then((isSilent) => isSilent && kill());
    await exited;
    // A question still open is not waited for.
    over.abort();
    return cause;
  }

  async #spawn(): Promise<void> {
    const { child, ready } = this.#options.spawn();
    this.#process = child;
    await ready;
    this.#ready = child;
    this.#changes.emit("ready");
  }
}

function isRunning(child: ChildProcess): boolean {
  // One that could not be spawned has no pid, and never exits.
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
