/**
 * Supervision of any one process (a service or nats-server): it is started again with back-off when
 * it dies, and killed when it no longer answers.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Condition } from "../kit/async/condition.js";
import { pause } from "../kit/async/delay.js";

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 10_000;
/**
 * A process that ran this long has recovered: after its next death the back-off starts from the
 * beginning.
 */
const STABLE_MS = 30_000;

export interface Restart {
  /** `drained`: it left in order, because somebody asked it to. */
  readonly cause: "died" | "silent" | "drained";
  readonly delayMs: number;
}

export interface SupervisedOptions {
  /** Starts the process; `ready` rejects when it dies before it serves. */
  readonly spawn: () => { readonly child: ChildProcess; readonly ready: Promise<void> };
  /** The longest delay before a restart; 10 s by default. */
  readonly maxDelayMs?: number;
  readonly onRestart?: (restart: Restart) => void;
  /** How to find a process that hangs; without it, only its death is noticed. */
  readonly probe?: LivenessProbe;
}

export class Supervised {
  readonly #options: SupervisedOptions;
  #process: ChildProcess | undefined;
  readonly #stopped = new AbortController();
  #supervision: Promise<void> = Promise.resolve();
  /** The process that became ready last. */
  #ready: ChildProcess | undefined;
  readonly #becameReady = new Condition();

  constructor(options: SupervisedOptions) {
    this.#options = options;
  }

  /** Undefined while no process runs. */
  get pid(): number | undefined {
    return this.#process && isRunning(this.#process) ? this.#process.pid : undefined;
  }

  /**
   * Resolves when a process is running and ready. `dyingPid` does not count: it is known to be
   * dying.
   */
  async untilReady(dyingPid?: number): Promise<void> {
    const isReady = () => this.#ready && isRunning(this.#ready) && this.#ready.pid !== dyingPid;
    while (!isReady()) await this.#becameReady.wait();
  }

  /**
   * Starts the process and waits until it serves. Rejects if it dies before; later it is restarted.
   */
  async start(): Promise<void> {
    await this.#spawn();
    this.#supervision = this.#supervise(Date.now());
  }

  /** Sends a signal, if the process runs. */
  signal(name: NodeJS.Signals): void {
    if (this.pid !== undefined) this.#process?.kill(name);
  }

  /** Sends SIGTERM and waits for the end of the process; sends SIGKILL after `graceMs`. */
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
    await this.#supervision;
  }

  async #supervise(startedAtMs: number): Promise<void> {
    const { signal } = this.#stopped;
    let delayMs = FIRST_DELAY_MS;
    let sinceMs = startedAtMs;
    while (!signal.aborted) {
      const child = this.#process;
      const cause = child && isRunning(child) ? await this.#endOf(child) : "died";
      if (signal.aborted) return;
      if (Date.now() - sinceMs > STABLE_MS) delayMs = FIRST_DELAY_MS;
      this.#options.onRestart?.({ cause, delayMs });
      await pause(delayMs, signal);
      if (cause !== "drained") {
        delayMs = Math.min(delayMs * 2, this.#options.maxDelayMs ?? MAX_DELAY_MS);
      }
      if (signal.aborted) return;
      sinceMs = Date.now();
      // A failed start leaves a dead process: the next round sees it and waits longer.
      await this.#spawn().catch(() => {});
    }
  }

  /**
   * Waits for the end of a process. Kills one that no longer answers; SIGKILL also ends stopped
   * processes.
   */
  async #endOf(child: ChildProcess): Promise<Restart["cause"]> {
    const cause = await this.#deathOf(child);
    return cause === "died" && child.exitCode === 0 ? "drained" : cause;
  }

  async #deathOf(child: ChildProcess): Promise<Restart["cause"]> {
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
    // A probe that is still pending is not awaited.
    over.abort();
    return cause;
  }

  async #spawn(): Promise<void> {
    const { child, ready } = this.#options.spawn();
    this.#process = child;
    await ready;
    this.#ready = child;
    this.#becameReady.notifyAll();
  }
}

function isRunning(child: ChildProcess): boolean {
  // A process that could not be spawned has no pid and never exits.
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/**
 * Finds a process that is alive but does nothing: it is stopped, or waits for something that never
 * comes.
 */
export interface LivenessProbe {
  /** Asks the process. Rejects when it does not answer within `timeoutMs`. */
  readonly ask: (timeoutMs: number) => Promise<unknown>;
  /** Time between two probes, and time limit of each. */
  readonly everyMs: number;
}

export const PROBE_EVERY_MS = 10_000;
/** One probe may get lost, and an overloaded machine may be late with two. */
const MAX_SILENCES = 3;

/**
 * Resolves to true when a process that has answered before does not answer three times in a row,
 * and to false when the signal fires. A process that has never answered may be unreachable from
 * here, so it is left alone.
 */
export async function untilSilent(
  { ask, everyMs }: LivenessProbe,
  signal: AbortSignal,
): Promise<boolean> {
  let hasAnswered = false;
  for (let silences = 0; silences < MAX_SILENCES; ) {
    const answers = await ask(everyMs).then(
      () => true,
      () => false,
    );
    hasAnswered ||= answers;
    silences = answers || !hasAnswered ? 0 : silences + 1;
    if (silences < MAX_SILENCES) await pause(everyMs, signal);
    if (signal.aborted) return false;
  }
  return true;
}
