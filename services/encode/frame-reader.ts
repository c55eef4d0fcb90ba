/**
 * Pulls one clip's frames from a renderer: bands in order, a credit for each frame that was taken.
 */

import { DepthmeshError, toDepthmeshError } from "../../core/errors.js";
import { i420Bytes } from "../../core/geometry/i420.js";
import { StallWatch } from "../../kit/async/stall-watch.js";
import { meshClient, outgoingMetadata, readStream } from "../../kit/rpc/client.js";
import {
  type FrameBand,
  type FrameHeader,
  type ReadFramesRequest,
  type ReadFramesResponse,
  RenderServiceClient,
} from "../../proto/gen/depthmesh/stage/v1/render_service.js";

/** Frames that may be on their way. */
const WINDOW_FRAMES = 4;
const CONNECT_TIMEOUT_MS = 5_000;
/**
 * A renderer at work may take this for a frame: its own budget of 2 s a megapixel, supersampled
 * twice each way.
 */
const DRAWING_MS_PER_MEGAPIXEL = 8_000;

export interface FrameRequest {
  readonly address: string;
  readonly job: string;
  readonly token: string;
  readonly generation: number;
  /**
   * A renderer that has room for a frame and sends nothing for this long, and what its size may
   * take, is lost.
   */
  readonly stallMs: number;
}

/** A band, and whether its frame is whole with it. */
export interface Band {
  readonly data: Uint8Array;
  readonly frame: number;
  readonly endsFrame: boolean;
}

export interface FrameStream {
  readonly header: FrameHeader;
  /** Asking for the next band says that the one before was taken. */
  readonly bands: AsyncIterable<Band>;
}

/**
 * Open a pull and hand it to `use`. Throws FRAME_SOURCE_LOST when the renderer is not there within
 * 5 s, or goes or sends nothing before the last frame. Time in which `use` takes no bands is not
 * the renderer's.
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
    const ask = (message: ReadFramesRequest) => void call?.write(message);
    const grant = (frames: number) => ask({ kind: { $case: "credit", value: { frames } } });
    const { job, token, generation, stallMs } = request;
    ask({ kind: { $case: "start", value: { job, token, generation } } });
    grant(WINDOW_FRAMES);
    const responses = mapLoss(readStream<ReadFramesResponse>(call, signal), signal);
    const first = await withinStall(responses.next(), stallMs);
    const kind = first.done ? undefined : first.value.kind;
    if (kind?.$case !== "header") throw sourceLost(undefined);
    const header = kind.value;
    const megapixels = (header.width * header.height) / 1e6;
    const bands = each(responses, stallMs + DRAWING_MS_PER_MEGAPIXEL * megapixels);
    return await use({ header, bands: bandsOf(header, bands, grant) });
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

async function* bandsOf(
  header: FrameHeader,
  responses: AsyncIterable<ReadFramesResponse>,
  grant: (frames: number) => void,
): AsyncGenerator<Band> {
  const frameBytes = i420Bytes(header);
  let frame = 0;
  let offset = 0;
  for await (const { kind } of responses) {
    if (kind?.$case !== "band") throw sourceLost("a message that is no band");
    const band: FrameBand = kind.value;
    if (band.frame !== frame || band.offsetBytes !== offset) throw sourceLost("bands out of order");
    offset += band.data.length;
    const endsFrame = offset === frameBytes;
    yield { data: band.data, frame, endsFrame };
    if (!endsFrame) continue;
    frame += 1;
    offset = 0;
    if (frame === header.frames) return;
    grant(1);
  }
  throw sourceLost(`the stream ended after ${frame} of ${header.frames} frames`);
}

/** Each response, which must come within `stallMs` of being waited for. */
async function* each<T>(responses: AsyncGenerator<T>, stallMs: number): AsyncGenerator<T> {
  try {
    for (;;) {
      const { value, done } = await withinStall(responses.next(), stallMs);
      if (done) return;
      yield value;
    }
  } finally {
    // It takes its end when its wait is over: nobody waits for that.
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
 * Whatever breaks the stream from the other side means that the source is gone; our own abort keeps
 * its reason.
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
