/**
 * The service's side of the decoding process: kept warm, one file at a time, killed and replaced
 * when it hangs or dies.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { DepthmeshError, isReason } from "../../../core/errors.js";
import { StallWatch, stallError } from "../../../kit/async/stall-watch.js";
import { packagePath } from "../../../kit/process/package-path.js";
import { processStat } from "../../../kit/process/process-stat.js";
import type {
  DecodedMap,
  DecodedPhoto,
  DecodeMapRequest,
  DecodePhotoRequest,
  DecodeReply,
  DecodeRequest,
} from "./protocol.js";
import { type Message, readMessages, writeMessage } from "./protocol.js";

export interface DecoderLimits {
  readonly memoryBytes: number;
  /** From the request to the last pixel. */
  readonly timeMs: number;
  /** A process that does not use the processor for this long hangs: no photo's fault. */
  readonly stallMs: number;
}

interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  readonly replies: AsyncIterator<Message>;
  /** Whether it came up at all. */
  readonly ready: Promise<boolean>;
  /** The end of what it wrote on its standard error. */
  said: string;
}

/** Why a file has no reply. */
type NoReply = "late" | "stalled" | "died" | "aborted" | "unstarted";

/** A file may be the victim of one death of the process that was not its fault. */
const ATTEMPTS = 2;
/** Below this the kernel's count of processor time is too coarse. */
const MIN_STALL_MS = 500;
const STDERR_TAIL_CHARACTERS = 4096;

export class Decoder {
  readonly #limits: DecoderLimits;
  #child: Child | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(limits: DecoderLimits) {
    this.#limits = limits;
  }

  /**
   * With its process up, so that the first photo need not wait for it. Throws WORKER_LOST when it
   * cannot be started.
   */
  static async start(limits: DecoderLimits): Promise<Decoder> {
    const decoder = new Decoder(limits);
    const child = decoder.#start();
    if (await child.ready) return decoder;
    throw decoder.#fault("unstarted", child.said);
  }

  /** The process now at work, for those who watch over it. */
  get pid(): number | undefined {
    return this.#child?.process.pid;
  }

  /**
   * Throws the IMAGE_ reasons, STAGE_STALLED, INTERNAL when the decoder itself fails, and the
   * signal's reason.
   */
  async photo(
    bytes: Uint8Array,
    request: Omit<DecodePhotoRequest, "kind">,
    signal?: AbortSignal,
  ): Promise<DecodedPhoto> {
    const { reply, pixels } = await this.#inTurn({ kind: "photo", ...request }, bytes, signal);
    return { ...reply, rgb: pixels };
  }

  /** A caller's own depth map. Throws as `photo` does. */
  async map(
    bytes: Uint8Array,
    request: Omit<DecodeMapRequest, "kind">,
    signal?: AbortSignal,
  ): Promise<DecodedMap> {
    const { reply, pixels } = await this.#inTurn({ kind: "map", ...request }, bytes, signal);
    // A copy: the bytes of a message need not be aligned.
    return { ...reply, values: new Float32Array(new Uint8Array(pixels).buffer), edges: "sharp" };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#kill();
  }

  #inTurn(request: DecodeRequest, bytes: Uint8Array, signal: AbortSignal | undefined) {
    const turn = this.#last.then(() => this.#decode(request, bytes, signal));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #decode(request: DecodeRequest, bytes: Uint8Array, signal: AbortSignal | undefined) {
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      const outcome = await this.#ask(request, bytes, signal);
      if (typeof outcome !== "string") return unpack(outcome);
      const said = this.#child?.said ?? "";
      await this.#kill();
      signal?.throwIfAborted();
      if (!this.#closed) this.#child = this.#start();
      if (outcome !== "died" || attempt === ATTEMPTS) throw this.#fault(outcome, said);
    }
  }

  /** The reply, or why there is none. */
  async #ask(
    request: DecodeRequest,
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<Message | NoReply> {
    if (this.#closed) throw new DepthmeshError("DRAINING", "the decoder is closed");
    const { process, replies, ready } = this.#child ?? this.#start();
    const stop = new AbortController();
    const overdue = new Promise<"late" | "stalled">((resolve) => {
      const { timeMs } = this.#limits;
      // A photo that is too much for the limits keeps the processor busy; a process that was
      // stopped does not.
      const late = () => resolve(processStat(process.pid)?.isStopped ? "stalled" : "late");
      const timer = setTimeout(late, timeMs);
      const watch = new StallWatch({
        stallMs: this.#stallMs,
        processorMs: () => processStat(process.pid)?.processorMs,
        stalled: () => resolve("stalled"),
      });
      watch.begin();
      stop.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        watch.end();
      });
    });
    const aborted = new Promise<"aborted">((resolve) => {
      signal?.addEventListener("abort", () => resolve("aborted"), { signal: stop.signal });
    });
    const answer = async (): Promise<Message | NoReply> => {
      if (!(await ready)) return "unstarted";
      try {
        await writeMessage(process.stdin, request, bytes);
        const { value, done } = await replies.next();
        return done ? "died" : value;
      } catch {
        return "died";
      }
    };
    try {
      return await Promise.race([answer(), overdue, aborted]);
    } finally {
      stop.abort();
    }
  }

  /** Before the time limit is over, or a hang would look like a photo that takes too long. */
  get #stallMs(): number {
    const { stallMs, timeMs } = this.#limits;
    return Math.max(MIN_STALL_MS, Math.min(stallMs, timeMs / 4));
  }

  #start(): Child {
    const process = spawn(
      packagePath("services", "depth", "decode", "guarded"),
      [
        String(this.#limits.memoryBytes),
        globalThis.process.execPath,
        packagePath("dist", "services", "depth", "decode", "child.js"),
      ],
      // The limit of file sizes would end it at a line written to the service's log: standard error
      // is a pipe too.
      { stdio: "pipe" },
    );
    // Its end is seen by whoever waits for a reply.
    process.on("error", () => {});
    process.stdin.on("error", () => {});
    process.stdout.on("error", () => {});
    const replies = readMessages(process.stdout);
    const ready = replies.next().then(
      ({ done }) => !done,
      () => false,
    );
    const child: Child = { process, replies, ready, said: "" };
    process.stderr.setEncoding("utf8").on("data", (text: string) => {
      child.said = (child.said + text).slice(-STDERR_TAIL_CHARACTERS);
    });
    this.#child = child;
    return child;
  }

  async #kill(): Promise<void> {
    const process = this.#child?.process;
    this.#child = undefined;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, "exit");
    process.kill("SIGKILL");
    await ended;
  }

  #fault(outcome: NoReply, said: string): DepthmeshError {
    const { timeMs, memoryBytes } = this.#limits;
    if (outcome === "unstarted") {
      const cause = new Error(said);
      return new DepthmeshError("WORKER_LOST", "the decoding process cannot be started", { cause });
    }
    if (outcome === "stalled") return stallError("the decoding process", this.#stallMs);
    if (outcome === "late") {
      return new DepthmeshError("IMAGE_CORRUPT", `decoding took more than ${timeMs} ms`, {
        metadata: { limit_ms: String(timeMs) },
      });
    }
    const message = `the decoder died of this file twice, perhaps at its limit of ${memoryBytes} bytes`;
    return new DepthmeshError("IMAGE_CORRUPT", message, {
      metadata: { limit_memory_bytes: String(memoryBytes) },
      cause: new Error(said),
    });
  }
}

function unpack({ header, bytes }: Message) {
  const reply = header as DecodeReply;
  if (!("error" in reply)) return { reply, pixels: bytes };
  const { reason, message, metadata } = reply.error;
  throw new DepthmeshError(isReason(reason) ? reason : "INTERNAL", message, {
    metadata: { ...metadata },
  });
}
