/** A runner of one language as a child process: sends it calls, and collects what they yield. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** Where a call goes, and with which credentials. */
export interface Connection {
  readonly address: string;
  readonly key?: string | undefined;
  /** PEM file of the authority that has signed the server's certificate. */
  readonly caFile?: string | undefined;
}

export interface CallRequest {
  readonly do: string;
  readonly to: Connection;
  readonly with: unknown;
  readonly timeoutMs?: number | undefined;
  readonly paced?: boolean | undefined;
}

/** An error as the runner's client has thrown it. */
export interface CallError {
  readonly reason: string;
  /** Name of the gRPC code. */
  readonly code: string;
  readonly message: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly violations?: readonly { readonly field: string; readonly description: string }[];
  readonly retryDelayMs?: number;
}

interface Reply {
  readonly ready?: string;
  readonly id?: number;
  readonly item?: unknown;
  readonly result?: unknown;
  readonly error?: CallError;
}

/** How long a runner may take to start, and any call without an answer. */
const START_MS = 60_000;
const SILENCE_MS = 120_000;

/** A call that the runner makes. */
export class RunningCall {
  readonly items: unknown[] = [];
  result: unknown;
  error: CallError | undefined;
  ended = false;
  /** How many items `until` has looked at. */
  seen = 0;
  #wake: (() => void)[] = [];

  readonly id: number;
  readonly paced: boolean;

  constructor(id: number, paced: boolean) {
    this.id = id;
    this.paced = paced;
  }

  take({ item, result, error }: Reply): void {
    if (item !== undefined) this.items.push(item);
    else {
      this.result = result;
      this.error = error;
      this.ended = true;
    }
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** Resolves at the next item, or at the end. */
  async changed(what: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${what}: the runner said nothing for ${SILENCE_MS / 1000} s`)),
        SILENCE_MS,
      );
    });
    try {
      await Promise.race([new Promise<void>((resolve) => this.#wake.push(resolve)), silence]);
    } finally {
      clearTimeout(timer);
    }
  }
}

export class RunnerProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #calls = new Map<number, RunningCall>();
  readonly #ended: Promise<never>;
  #ready: (client: string) => void = () => {};
  #lastId = 0;

  private constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#ended = new Promise((_, reject) => {
      this.#child.once("error", reject);
      this.#child.once("exit", (code, signal) =>
        reject(new Error(`the runner has ended (${signal ?? code})`)),
      );
    });
    this.#ended.catch(() => {});
    this.#child.stdin.on("error", () => {});
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#read(line));
  }

  /** Resolves when the runner is ready. */
  static async start(command: string, args: readonly string[]): Promise<RunnerProcess> {
    const runner = new RunnerProcess(command, args);
    const ready = new Promise<string>((resolve) => {
      runner.#ready = resolve;
    });
    const late = AbortSignal.timeout(START_MS);
    const lateness = new Promise<never>((_, reject) => {
      late.addEventListener("abort", () => reject(new Error("the runner does not get ready")));
    });
    await Promise.race([ready, runner.#ended, lateness]);
    return runner;
  }

  start(request: CallRequest): RunningCall {
    const call = new RunningCall(++this.#lastId, request.paced === true);
    this.#calls.set(call.id, call);
    this.#send({ id: call.id, ...request });
    return call;
  }

  /** Lets a paced call go on by one item. */
  next({ id }: RunningCall): void {
    this.#send({ next: id });
  }

  /** Lets a paced call go on to its end. */
  run({ id }: RunningCall): void {
    this.#send({ run: id });
  }

  cancel({ id }: RunningCall): void {
    this.#send({ cancel: id });
  }

  /** Rejects when the runner has ended. */
  async untilChanged(call: RunningCall, what: string): Promise<void> {
    if (!call.ended) await Promise.race([call.changed(what), this.#ended]);
  }

  async untilEnded(call: RunningCall, what: string): Promise<void> {
    while (!call.ended) await this.untilChanged(call, what);
  }

  /** Ends the runner: its input ends, and it has a moment to go by itself. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5_000);
    await gone;
    clearTimeout(timer);
  }

  #send(message: unknown): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  #read(line: string): void {
    const reply = JSON.parse(line) as Reply;
    if (reply.ready !== undefined) this.#ready(reply.ready);
    else if (reply.id !== undefined) this.#calls.get(reply.id)?.take(reply);
  }
}
