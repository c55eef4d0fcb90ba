/**
 * ReadFrames: passes the frames of a scene to the encode worker that holds the stage's lease, by a
 * socket where both are on one host, else in bands. Each frame in bands costs a credit that the
 * reader has granted. A newer call for the same job ends this one.
 */
import { DepthmeshError } from "../../core/errors.js";
import { onAbort } from "../../kit/async/abort.js";
import { Condition } from "../../kit/async/condition.js";
import { failpoint } from "../../kit/process/failpoint.js";
import type { OneReaderSocket } from "../../kit/process/one-reader-socket.js";
import { chunksOf } from "../../kit/rpc/chunks.js";
import { readFirst } from "../../kit/rpc/requests.js";
import { increment } from "../../kit/telemetry/metrics.js";
import { openSpan } from "../../kit/telemetry/tracing.js";
import { holds } from "../../pipeline/record/record.js";
import type { JobStore } from "../../pipeline/record/store.js";
import { RawPixelFormat } from "../../proto/gen/depthmesh/stage/v1/encode_service.js";
import type {
  ReadFramesRequest,
  ReadFramesResponse,
  ReadFramesStart,
} from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import { offerSocket, type SocketOffer } from "./offer-socket.js";
import { sendBySocket } from "./send-by-socket.js";
import type { ServedScene, ServedScenes } from "./served-scenes.js";

/**
 * The largest piece of a frame in one message. grpc-js reads 16 messages ahead of the encoder, and
 * each waits in a buffer of its own: with 1 MiB the reader held 12 MiB at any time, and V8
 * collected its whole heap after every fourth frame because of them.
 */
export const FRAME_BAND_BYTES = 128 * 1024;

/** The most credits that one message may grant. */
const MAX_CREDIT_FRAMES = 64;

export interface ReadFramesParts extends SocketOffer {
  readonly scenes: ServedScenes;
  readonly store: Pick<JobStore, "read">;
  /** A reader that does not connect to the socket for twice this long counts as lost. */
  readonly stallMs: number;
}

export async function* readFrames(
  parts: ReadFramesParts,
  requests: AsyncIterable<ReadFramesRequest>,
  callSignal: AbortSignal,
): AsyncGenerator<ReadFramesResponse> {
  const { scenes, store } = parts;
  const messages = requests[Symbol.asyncIterator]();
  const start = await readFirst(messages, "start");
  const served = scenes.find(start.job, start.generation);
  await checkToken(store, start);
  const signal = AbortSignal.any([callSignal, served.signal, scenes.beginPull(start.job)]);
  const credits = new Credits();
  onAbort(signal, () => credits.close());
  const pumped = pumpCredits(messages, credits);
  const socket = await offerSocket(parts, start.host);
  void pumped.then(() => credits.failure && socket?.close());
  const stopListening = onAbort(signal, () => socket?.close());
  const span = openSpan("render", { "depthmesh.frames_by": socket ? "socket" : "grpc" });
  let failure: unknown;
  try {
    yield header(served, socket);
    const sending = { job: start.job, served, signal };
    if (socket) yield* sendBySocket(sending, socket, 2 * parts.stallMs);
    else yield* sendInBands(sending, credits);
    signal.throwIfAborted();
    if (credits.failure) throw credits.failure;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    stopListening();
    socket?.close();
    span.end(failure);
  }
}

async function checkToken(store: Pick<JobStore, "read">, start: ReadFramesStart): Promise<void> {
  const current = await store.read(start.job);
  if (current && holds(current.record, "encode", start.token)) return;
  throw new DepthmeshError("LEASE_LOST", "the reader does not hold encode's lease");
}

async function pumpCredits(messages: AsyncIterator<ReadFramesRequest>, credits: Credits) {
  try {
    for (;;) {
      const { value, done } = await messages.next();
      if (done) break;
      const { kind }: ReadFramesRequest = value;
      if (kind?.$case !== "credit") break;
      credits.grant(Math.min(MAX_CREDIT_FRAMES, Math.max(0, kind.value.frames)));
    }
    credits.close();
  } catch (error) {
    credits.close(error);
  }
}

function header(
  { scene, path, frameRate }: ServedScene,
  socket: OneReaderSocket | undefined,
): ReadFramesResponse {
  const value = {
    width: scene.size.width,
    height: scene.size.height,
    frames: path.length,
    frameRateNumerator: frameRate.numerator,
    frameRateDenominator: frameRate.denominator,
    pixelFormat: scene.transparent
      ? RawPixelFormat.RAW_PIXEL_FORMAT_RGBA
      : RawPixelFormat.RAW_PIXEL_FORMAT_I420,
    socketPath: socket?.path ?? "",
  };
  return { kind: { $case: "header", value } };
}

/** What is sent, and until when. */
export interface Sending {
  readonly job: string;
  readonly served: ServedScene;
  readonly signal: AbortSignal;
}

async function* sendInBands(
  { job, served, signal }: Sending,
  credits: Credits,
): AsyncGenerator<ReadFramesResponse> {
  const { scene, path, firstFrame, report } = served;
  for await (const { frame, bytes } of scene.frames(path, signal, firstFrame)) {
    if (!(await credits.take())) break;
    let offsetBytes = 0;
    for (const band of chunksOf(bytes, FRAME_BAND_BYTES)) {
      const data = Buffer.from(band.buffer, band.byteOffset, band.length);
      yield { kind: { $case: "band", value: { frame, offsetBytes, data } } };
      failpoint("during-frame-streaming", job);
      offsetBytes += band.length;
    }
    increment("depthmesh.render.frames", {});
    report((frame + 1) / path.length);
  }
}

/** Counts the frames that the reader has room for. */
export class Credits {
  readonly #changed = new Condition();
  #available = 0;
  #closed = false;
  #failure: unknown;

  /** The error that ended the reader's messages, if any. */
  get failure(): unknown {
    return this.#failure;
  }

  grant(frames: number): void {
    this.#available += frames;
    this.#changed.notifyAll();
  }

  /** The reader sends no more credits: a wait for one ends with false. */
  close(failure?: unknown): void {
    this.#closed = true;
    this.#failure ??= failure;
    this.#changed.notifyAll();
  }

  /** Waits for one credit and uses it. False when the reader is gone and no credit is left. */
  async take(): Promise<boolean> {
    while (this.#available === 0 && !this.#closed) await this.#changed.wait();
    if (this.#available === 0) return false;
    this.#available -= 1;
    return true;
  }
}
