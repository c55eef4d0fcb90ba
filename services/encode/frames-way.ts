/** How this process gets frames, and whether its ffmpeg can read them from a socket. */
import { DepthmeshError, toDepthmeshError } from "../../core/errors.js";
import type { Log } from "../../kit/log.js";
import { OneReaderSocket, SOCKET_FOLDERS } from "../../kit/process/one-reader-socket.js";
import { sweepRunFolders } from "../../kit/process/run-folder.js";
import type { FramesBy } from "../../pipeline/settings.js";
import { rawInput } from "./arguments.js";
import type { FrameFormat } from "./encoder.js";
import { startFfmpeg } from "./ffmpeg.js";
import { frameBytes } from "./frames-header.js";

const TRIAL_FRAME: FrameFormat = {
  ...{ width: 16, height: 16, frames: 1 },
  ...{ frameRateNumerator: 25, frameRateDenominator: 1 },
};
const TRIAL_LIMITS = { wallSeconds: 20, stallMs: 20_000 };

/**
 * An ffmpeg that was built without network, or that a security module confines, opens no sockets.
 * That is rare, so it is tried only after an ffmpeg has failed before it read a frame.
 */
export class FramesWay {
  readonly #framesBy: FramesBy;
  readonly #log: Pick<Log, "warn">;
  readonly #readSocket: () => Promise<void>;
  /** The result is the error of the trial. */
  #trial: Promise<unknown> | undefined;
  #isSocketUseless = false;

  /** `readSocket` is for tests. */
  constructor(framesBy: FramesBy, log: Pick<Log, "warn">, readSocket = readFromSocket) {
    this.#framesBy = framesBy;
    this.#log = log;
    this.#readSocket = readSocket;
  }

  /** The setting, or `grpc` where ffmpeg has proved to read no socket. */
  get now(): FramesBy {
    return this.#isSocketUseless && this.#framesBy === "auto" ? "grpc" : this.#framesBy;
  }

  /**
   * What to throw when an ffmpeg that was to read a socket has failed with `error` before it read a
   * frame. If it cannot, that is SERVICE_UNAVAILABLE, because the next attempt gets its frames in
   * the other way, or FRAMES_NOT_LOCAL where the setting forbids that.
   */
  async explain(error: unknown): Promise<unknown> {
    if (toDepthmeshError(error).reason !== "ENCODER_CRASHED") return error;
    this.#trial ??= this.#readSocket().then(
      () => undefined,
      (cause: unknown) => cause ?? new Error("no cause"),
    );
    const cause = await this.#trial;
    if (!cause) return error;
    const message = "ffmpeg cannot read a Unix socket here";
    if (this.#framesBy === "socket") {
      const advice = "set DEPTHMESH_FRAMES_BY of the encode service to auto";
      return new DepthmeshError("FRAMES_NOT_LOCAL", `${message}: ${advice}`, { cause });
    }
    if (!this.#isSocketUseless) this.#log.warn({ err: cause }, `${message}: frames come by gRPC`);
    this.#isSocketUseless = true;
    return new DepthmeshError("SERVICE_UNAVAILABLE", message, { cause });
  }
}

/** One frame through a socket. Throws the errors of the socket and of ffmpeg. */
async function readFromSocket(): Promise<void> {
  await sweepRunFolders(SOCKET_FOLDERS);
  const socket = await OneReaderSocket.open();
  const run = startFfmpeg({
    inputs: [{ arguments: rawInput(TRIAL_FRAME), source: { socket: socket.path } }],
    outputs: [{ arguments: ["-f", "null"], target: "/dev/null" }],
    limits: TRIAL_LIMITS,
  });
  try {
    const ended = run.finish();
    const written = socket.write(new Uint8Array(frameBytes(TRIAL_FRAME)));
    await Promise.race([written, ended]);
    socket.end();
    await ended;
    if (!socket.isConnected) throw new Error("ffmpeg ended without opening the socket");
  } finally {
    socket.close();
    await run.kill();
  }
}
