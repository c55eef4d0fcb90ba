/**
 * Pulls the frames of one clip from a renderer: bands in order, and one credit for each frame that
 * was consumed.
 */
import { DepthmeshError, toDepthmeshError } from "../../core/errors.js";
import { StallWatch } from "../../kit/async/stall-watch.js";
import { meshClient, outgoingMetadata, readStream } from "../../kit/rpc/client.js";
import { RawPixelFormat } from "../../proto/gen/depthmesh/stage/v1/encode_service.js";
import {
  type FrameBand,
  type FrameHeader,
  type ReadFramesRequest,
  type ReadFramesResponse,
  RenderServiceClient,
} from "../../proto/gen/depthmesh/stage/v1/render_service.js";

import type { FrameFormat } from "./encoder.js";
import { frameBytes } from "./frames-header.js";

/** Frames that the renderer may send before the first one is consumed. */
const WINDOW_FRAMES = 4;
const CONNECT_TIMEOUT_MS = 5_000;
/**
 * Time that a renderer may need to draw one frame: its own budget of 2 s per megapixel, with
 * supersampling of 2 in each direction.
 */
const DRAWING_MS_PER_MEGAPIXEL = 8_000;

export interface FrameRequest {
  readonly address: string;
  readonly job: string;
  readonly token: string;
  readonly generation: number;
  /**
   * A renderer that may send a frame and sends nothing for this long, in addition to the time for
   * drawing it, counts as lost.
   */
  readonly stallMs: number;
}

/** A part of a frame, and whether it is the last one. */
export interface Band {
  readonly data: Uint8Array;
  readonly frame: number;
  readonly endsFrame: boolean;
}

export interface FrameStream {
  readonly format: FrameFormat;
  /** Asking for the next band means that the previous one was consumed. */
  readonly bands: AsyncIterable<Band>;
}

/**
 * Opens a pull and passes it to `use`. Throws FRAME_SOURCE_LOST when the renderer cannot be reached
 * within 5 s, or when it goes away or sends nothing before the last frame. The time in which `use`
 * consumes no bands does not count against the renderer.
 */
export async function withFrames<T>(
  request: FrameRequest,
  signal: AbortSignal,
  use: (stream: FrameStream) => Promise<T>,
): Promise<T> {
  const client = meshClient(RenderServiceClient, request.address);
  let call: ReturnType<RenderServiceClient["readFrames"]> | undefined;
  try {
    await connected(client);
    call = client.readFrames(outgoingMetadata());
    const send = (message: ReadFramesRequest) => void call?.write(message);
    const grant = (frames: number) => send({ kind: { $case: "credit", value: { frames } } });
    const { job, token, generation, stallMs } = request;
    send({ kind: { $case: "start", value: { job, token, generation } } });
    grant(WINDOW_FRAMES);
    const responses = mapLoss(readStream<ReadFramesResponse>(call, signal), signal);
    const first = await withinStall(responses.next(), stallMs);
    const kind = first.done ? undefined : first.value.kind;
    if (kind?.$case !== "header") throw sourceLost(undefined);
    const format = formatOf(kind.value);
    const megapixels = (format.width * format.height) / 1e6;
    const bands = eachWithinStall(responses, stallMs + DRAWING_MS_PER_MEGAPIXEL * megapixels);
    return await use({ format, bands: bandsOf(format, bands, grant) });
  } finally {
    call?.cancel();
    client.close();
  }
}

function connected(client: RenderServiceClient): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + CONNECT_TIMEOUT_MS, (error) =>
      error ? reject(sourceLost(error)) : resolve(),
    );
  });
}

/** Frames of RGBA come from a scene with transparency. */
function formatOf({ pixelFormat, ...header }: FrameHeader): FrameFormat {
  return pixelFormat === RawPixelFormat.RAW_PIXEL_FORMAT_RGBA
    ? { ...header, pixelFormat: "rgba", hasAlpha: true }
    : header;
}

async function* bandsOf(
  format: FrameFormat,
  responses: AsyncIterable<ReadFramesResponse>,
  grant: (frames: number) => void,
): AsyncGenerator<Band> {
  const bytesOfFrame = frameBytes(format);
  let frame = 0;
  let offset = 0;
  for await (const { kind } of responses) {
    if (kind?.$case !== "band") throw sourceLost("a message that is not a band");
    const band: FrameBand = kind.value;
    if (band.frame !== frame || band.offsetBytes !== offset) throw sourceLost("bands out of order");
    offset += band.data.length;
    const endsFrame = offset === bytesOfFrame;
    yield { data: band.data, frame, endsFrame };
    if (!endsFrame) continue;
    frame += 1;
    offset = 0;
    if (frame === format.frames) return;
    grant(1);
  }
  throw sourceLost(`the stream ended after ${frame} of ${format.frames} frames`);
}

/** The same responses. Throws FRAME_SOURCE_LOST when one takes longer than `stallMs`. */
async function* eachWithinStall<T>(
  responses: AsyncGenerator<T>,
  stallMs: number,
): AsyncGenerator<T> {
  try {
    for (;;) {
      const { value, done } = await withinStall(responses.next(), stallMs);
      if (done) return;
      yield value;
    }
  } finally {
    // A generator that waits returns only after its wait. Do not wait for that.
    void responses.return(undefined).catch(() => {});
  }
}

async function withinStall<T>(response: Promise<T>, stallMs: number): Promise<T> {
  let watch: StallWatch | undefined;
  const stalled = new Promise<never>((_, reject) => {
    const lost = () => reject(sourceLost(`nothing came for ${Math.round(stallMs)} ms`));
    watch = new StallWatch({ stallMs, stalled: lost });
    watch.begin();
  });
  try {
    return await Promise.race([response, stalled]);
  } finally {
    watch?.end();
  }
}

/**
 * Every error of the other side means that the source is lost. An abort of this side keeps its own
 * reason.
 */
async function* mapLoss<T>(stream: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    yield* stream;
  } catch (error) {
    signal.throwIfAborted();
    const known = toDepthmeshError(error);
    if (known.reason === "LEASE_LOST" || known.reason === "PULL_SUPERSEDED") throw known;
    throw sourceLost(error);
  }
}

function sourceLost(cause: unknown): DepthmeshError {
  return new DepthmeshError("FRAME_SOURCE_LOST", "the renderer of these frames is gone", { cause });
}
