/**
 * Pulls the frames of one clip from a renderer: from a socket of this host, or bands in order, and
 * one credit for each frame that was consumed.
 */
import type { Reason } from "../../core/error-reasons.js";
import { DepthmeshError, toDepthmeshError } from "../../core/errors.js";
import { StallWatch } from "../../kit/async/stall-watch.js";
import { type HostIdentity, hostIdentity } from "../../kit/process/host-identity.js";
import { meshClient, outgoingMetadata, readStream } from "../../kit/rpc/client.js";
import type { FramesBy } from "../../pipeline/settings.js";
import { rendererUnreachable } from "../../pipeline/worker/renderer-unreachable.js";
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
import { type Delivery, deliveriesOf } from "./socket-deliveries.js";
import { sourceLost } from "./source-lost.js";
import { noteConnection } from "./unreachable-renderers.js";

/** Frames that the renderer may send before the first one is consumed. */
const WINDOW_FRAMES = 4;
/**
 * How much of them may be under way to this process. What waits here survives collections of V8's
 * young generation: with 8 MiB and an encoder that is slower than the renderer, each frame cost
 * twice the time. HTTP/2 opens half a window at a time, so 1 MiB carries 500 MB/s over 1 ms each
 * way.
 */
const WINDOW_BYTES = 1024 * 1024;
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
  readonly framesBy: FramesBy;
}

/** A part of a frame, and whether it is the last one. */
export interface Band {
  readonly data: Uint8Array;
  readonly frame: number;
  readonly endsFrame: boolean;
}

/** Frames whose bytes pass through this process. */
export interface BandStream {
  readonly format: FrameFormat;
  readonly socketPath?: undefined;
  /** Asking for the next band means that the previous one was consumed. */
  readonly bands: AsyncIterable<Band>;
}

/** Frames whose bytes a child process reads from a socket of this host. */
export interface SocketStream {
  readonly format: FrameFormat;
  readonly socketPath: string;
  /** What the renderer tells meanwhile. */
  readonly deliveries: AsyncIterable<Delivery>;
}

export type FrameStream = BandStream | SocketStream;

/**
 * Opens a pull and passes it to `use`. Throws RENDERER_UNREACHABLE when no connection to its
 * address comes about within 5 s, FRAME_SOURCE_LOST when it goes away or sends nothing before the
 * last frame, and FRAMES_NOT_LOCAL when the setting allows only a socket and the renderer offers
 * none. The time in which `use` consumes nothing does not count against the renderer.
 */
export async function withFrames<T>(
  request: FrameRequest,
  signal: AbortSignal,
  use: (stream: FrameStream) => Promise<T>,
): Promise<T> {
  const client = meshClient(RenderServiceClient, request.address, { windowBytes: WINDOW_BYTES });
  const { framesBy, stallMs } = request;
  const host = framesBy === "grpc" ? undefined : hostIdentity();
  let pull: Pull | undefined;
  try {
    await connected(client, request.address);
    pull = await openPull(client, request, host, signal).catch((error) => {
      if (!host || !isFieldUnknown(error)) throw error;
      // A renderer of a version without sockets.
      return openPull(client, request, undefined, signal);
    });
    const { header, responses, grant } = pull;
    const format = formatOf(header);
    const megapixels = (format.width * format.height) / 1e6;
    const each = eachWithinStall(responses, stallMs + DRAWING_MS_PER_MEGAPIXEL * megapixels);
    const { socketPath } = header;
    if (socketPath !== "") {
      return await use({ format, socketPath, deliveries: deliveriesOf(format.frames, each) });
    }
    if (framesBy === "socket") throw noSocket();
    return await use({ format, bands: bandsOf(format, each, grant) });
  } finally {
    pull?.end();
    client.close();
  }
}

/** A call whose header has come. */
interface Pull {
  readonly header: FrameHeader;
  readonly responses: AsyncGenerator<ReadFramesResponse>;
  grant(frames: number): void;
  end(): void;
}

async function openPull(
  client: RenderServiceClient,
  { job, token, generation, stallMs }: FrameRequest,
  host: HostIdentity | undefined,
  signal: AbortSignal,
): Promise<Pull> {
  const call = client.readFrames(outgoingMetadata());
  const send = (message: ReadFramesRequest) => void call.write(message);
  const grant = (frames: number) => send({ kind: { $case: "credit", value: { frames } } });
  const end = () => call.cancel();
  try {
    send({ kind: { $case: "start", value: { job, token, generation, host } } });
    // A renderer that offers a socket needs none, but which one it is shows only the header.
    grant(WINDOW_FRAMES);
    const responses = mapLoss(readStream<ReadFramesResponse>(call, signal), signal);
    const first = await withinStall(responses.next(), stallMs);
    const kind = first.done ? undefined : first.value.kind;
    if (kind?.$case !== "header") throw sourceLost(undefined);
    return { header: kind.value, responses, grant, end };
  } catch (error) {
    end();
    throw error;
  }
}

/** A field that the other side does not know makes it refuse the whole message. */
function isFieldUnknown(error: unknown): boolean {
  const { cause } = toDepthmeshError(error);
  return cause instanceof DepthmeshError && cause.reason === "PARAMETER_UNKNOWN";
}

function noSocket(): DepthmeshError {
  const message =
    "the renderer offers no socket: set DEPTHMESH_FRAMES_BY of the encode service to auto";
  return new DepthmeshError("FRAMES_NOT_LOCAL", message);
}

function connected(client: RenderServiceClient, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + CONNECT_TIMEOUT_MS, (error) => {
      noteConnection(address, error === undefined);
      if (error) reject(rendererUnreachable(address, error));
      else resolve();
    });
  });
}

/** Frames of RGBA come from a scene with transparency. */
function formatOf({ pixelFormat, socketPath: _, ...header }: FrameHeader): FrameFormat {
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
    // A renderer that has sent everything has ended the call, and a credit would make it fail.
    if (frame + WINDOW_FRAMES <= format.frames) grant(1);
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

/** Reasons of the other side that say more than that it is lost. */
const TOLD_REASONS: ReadonlySet<Reason> = new Set([
  "LEASE_LOST",
  "PULL_SUPERSEDED",
  "FRAMES_NOT_LOCAL",
]);

/**
 * Every other error of the other side means that the source is lost. An abort of this side keeps
 * its own reason.
 */
async function* mapLoss<T>(stream: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    yield* stream;
  } catch (error) {
    signal.throwIfAborted();
    const known = toDepthmeshError(error);
    if (TOLD_REASONS.has(known.reason)) throw known;
    throw sourceLost(error);
  }
}
