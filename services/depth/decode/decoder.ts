/**
 * Sends photos and depth maps to the decoding process, one at a time, and keeps that process warm.
 * Kills and replaces it when it hangs or dies.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { isReason } from "../../../core/error-reasons.js";
import { DepthmeshError } from "../../../core/errors.js";
import { onAbort } from "../../../kit/async/abort.js";
import { StallWatch, stallError } from "../../../kit/async/stall-watch.js";
import { compiledModule, packagePath } from "../../../kit/process/package-path.js";
import { processStat } from "../../../kit/process/process-stat.js";
import {
  type DecodedMap,
  type DecodedPhoto,
  type DecodeMapRequest,
  type DecodePhotoRequest,
  type DecodeReply,
  type DecodeRequest,
  type Message,
  readMessages,
  writeMessage,
} from "./protocol.js";

export interface DecoderLimits {
  readonly memoryBytes: number;
  /**
   * Limit of the processor time that one file may take, from the request to the last pixel.
   */
  readonly timeMs: number;
  /**
   * Limit of the time on the clock, by default ten times as long. A file that exceeds it alone is
   * not to blame: the machine is busy.
   */
  readonly clockMs?: number;
  /** A process that uses no processor time for this long hangs. The file is not to blame. */
  readonly stallMs: number;
}

interface Child {
  readonly handle: ChildProcessWithoutNullStreams;
  readonly replies: AsyncIterator<Message>;
  /** Whether the process has started. */
  readonly ready: Promise<boolean>;
  /** The last characters that it wrote to its standard error. */
  stderrTail: string;
}

/** Why there is no reply to a request. */
type Failure = "late" | "slow" | "stalled" | "died" | "aborted" | "not-started";

/** A file is tried twice: the process may have died for a reason other than the file. */
const ATTEMPTS = 2;
/** The processor time that the kernel reports is too coarse for a shorter limit. */
const MIN_STALL_MS = 500;
const STDERR_TAIL_CHARACTERS = 4096;
/** How often the processor time of a file is compared with its limit, within that limit. */
const CHECKS_OF_LIMIT = 20;
/** The limit on the clock, in limits of processor time. */
const CLOCK_FACTOR = 10;

export class Decoder {
  readonly #limits: DecoderLimits;
  #child: Child | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(limits: DecoderLimits) {
    this.#limits = limits;
  }

  /**
   * Resolves when the decoding process has started, so that the first photo does not wait for it.
   * Throws WORKER_LOST when it cannot be started.
   */
  static async start(limits: DecoderLimits): Promise<Decoder> {
    const decoder = new Decoder(limits);
    const child = decoder.#start();
    if (await child.ready) return decoder;
    throw decoder.#error("not-started", child.stderrTail);
  }

  /** Process id of the current decoding process. */
  get pid(): number | undefined {
    return this.#child?.handle.pid;
  }

  /**
   * Decodes a photo. Throws the IMAGE_ reasons for a bad file, STAGE_STALLED, INTERNAL when the
   * decoder itself fails, and the reason of the signal.
   */
  async photo(
    bytes: Uint8Array,
    request: Omit<DecodePhotoRequest, "kind">,
    signal?: AbortSignal,
  ): Promise<DecodedPhoto> {
    const { reply, pixels } = await this.#inTurn({ kind: "photo", ...request }, bytes, signal);
    const { width, height, orientation = 1 } = reply;
    const rgb = pixels.subarray(0, 3 * width * height);
    const smaller = reply.guide;
    const guideEnd = rgb.length + (smaller ? 3 * smaller.width * smaller.height : 0);
    const guide = smaller
      ? { ...smaller, rgb: pixels.subarray(rgb.length, guideEnd) }
      : { width, height, rgb };
    const alpha = pixels.length > guideEnd ? pixels.subarray(guideEnd) : undefined;
    return { ...reply, orientation, rgb, guide, ...(alpha && { alpha }) };
  }

  /** Decodes a depth map that the caller supplied. Throws as `photo` does. */
  async map(
    bytes: Uint8Array,
    request: Omit<DecodeMapRequest, "kind">,
    signal?: AbortSignal,
  ): Promise<DecodedMap> {
    const { reply, pixels } = await this.#inTurn({ kind: "map", ...request }, bytes, signal);
    return { ...reply, values: new Float32Array(pixels.buffer), edges: "sharp" };
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
      const reply = await this.#request(request, bytes, signal);
      if (typeof reply !== "string") {
        if ((reply.header as DecodeReply).spent) await this.#replace();
        return unpack(reply);
      }
      const stderrTail = this.#child?.stderrTail ?? "";
      await this.#replace();
      signal?.throwIfAborted();
      if (reply !== "died" || attempt === ATTEMPTS) throw this.#error(reply, stderrTail);
    }
  }

  /** The reply, or the reason why there is none. */
  async #request(
    request: DecodeRequest,
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<Message | Failure> {
    if (this.#closed) throw new DepthmeshError("DRAINING", "the decoder is closed");
    const { handle, replies, ready } = this.#child ?? this.#start();
    let stopWaiting = () => {};
    const failure = new Promise<Failure>((resolve) => {
      const { timeMs } = this.#limits;
      const processorMs = () => processStat(handle.pid)?.processorMs ?? 0;
      let startMs = processorMs();
      // The start of a new process is not the file's doing.
      void ready.then(() => {
        startMs = processorMs();
      });
      const timer = setInterval(() => {
        if (processorMs() - startMs > timeMs) resolve("late");
      }, timeMs / CHECKS_OF_LIMIT);
      const clock = setTimeout(() => resolve("slow"), this.#clockMs);
      const watch = new StallWatch({
        stallMs: this.#stallMs,
        processorMs: () => processStat(handle.pid)?.processorMs,
        stalled: () => resolve("stalled"),
      });
      watch.begin();
      const stopListening = onAbort(signal, () => resolve("aborted"));
      stopWaiting = () => {
        clearInterval(timer);
        clearTimeout(clock);
        watch.end();
        stopListening();
      };
    });
    const reply = async (): Promise<Message | Failure> => {
      if (!(await ready)) return "not-started";
      try {
        await writeMessage(handle.stdin, request, bytes);
        const { value, done } = await replies.next();
        return done ? "died" : value;
      } catch {
        return "died";
      }
    };
    try {
      return await Promise.race([reply(), failure]);
    } finally {
      stopWaiting();
    }
  }

  /** Shorter than the time limit, so that a hang is not reported as a photo that takes too long. */
  get #stallMs(): number {
    const { stallMs, timeMs } = this.#limits;
    return Math.max(MIN_STALL_MS, Math.min(stallMs, timeMs / 4));
  }

  get #clockMs(): number {
    return this.#limits.clockMs ?? this.#limits.timeMs * CLOCK_FACTOR;
  }

  #start(): Child {
    const handle = spawn(
      packagePath("services", "depth", "decode", "guarded"),
      [
        String(this.#limits.memoryBytes),
        process.execPath,
        fileURLToPath(compiledModule("services/depth/decode/child.js")),
      ],
      // Standard error must be a pipe: the file size limit of 0 would end the process when it
      // writes into the log file of the service.
      { stdio: "pipe" },
    );
    // Ignored here: the request that waits for a reply notices the end of the process.
    handle.on("error", () => {});
    handle.stdin.on("error", () => {});
    handle.stdout.on("error", () => {});
    const replies = readMessages(handle.stdout, sharedBytes);
    const ready = replies.next().then(
      ({ done }) => !done,
      () => false,
    );
    const child: Child = { handle, replies, ready, stderrTail: "" };
    handle.stderr.setEncoding("utf8").on("data", (text: string) => {
      child.stderrTail = (child.stderrTail + text).slice(-STDERR_TAIL_CHARACTERS);
    });
    this.#child = child;
    return child;
  }

  async #replace(): Promise<void> {
    await this.#kill();
    if (!this.#closed) this.#child = this.#start();
  }

  async #kill(): Promise<void> {
    const handle = this.#child?.handle;
    this.#child = undefined;
    if (!handle || handle.exitCode !== null || handle.signalCode !== null) return;
    const ended = once(handle, "exit");
    handle.kill("SIGKILL");
    await ended;
  }

  #error(failure: Failure, stderrTail: string): DepthmeshError {
    const { timeMs, memoryBytes } = this.#limits;
    if (failure === "not-started") {
      const cause = new Error(stderrTail);
      return new DepthmeshError("WORKER_LOST", "the decoding process cannot be started", { cause });
    }
    if (failure === "stalled") return stallError("the decoding process", this.#stallMs);
    if (failure === "late") {
      const message = `decoding took more than ${timeMs} ms of processor time`;
      return new DepthmeshError("IMAGE_CORRUPT", message, {
        metadata: { limit_ms: String(timeMs) },
      });
    }
    if (failure === "slow") {
      const limitMs = this.#clockMs;
      const message = `decoding was not done after ${limitMs} ms: the machine is busy`;
      return new DepthmeshError("STAGE_STALLED", message, {
        metadata: { limit_ms: String(limitMs) },
      });
    }
    const message = `the decoder died twice at this file; it may need more than ${memoryBytes} bytes of memory`;
    return new DepthmeshError("IMAGE_CORRUPT", message, {
      metadata: { limit_memory_bytes: String(memoryBytes) },
      cause: new Error(stderrTail),
    });
  }
}

/** Memory that the thread of pixel loops reads in place: a message to it would copy the photo. */
const sharedBytes = (lengthBytes: number) => new Uint8Array(new SharedArrayBuffer(lengthBytes));

function unpack({ header, bytes }: Message) {
  const reply = header as DecodeReply;
  if (!("error" in reply)) return { reply, pixels: bytes };
  const { reason, message, metadata, cause } = reply.error;
  throw new DepthmeshError(isReason(reason) ? reason : "INTERNAL", message, {
    metadata: { ...metadata },
    ...(cause !== undefined && { cause: new Error(cause) }),
  });
}
