/**
 * Tests when a renderer counts as lost: when it sends nothing, but not while it waits for the
 * encoder.
 */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DepthmeshError } from "../../core/errors.js";
import { i420Bytes } from "../../core/geometry/size.js";
import { bidiStream, type CallContext, unary } from "../../kit/rpc/call.js";
import { type RpcServer, rpcService, startRpcServer } from "../../kit/rpc/server.js";
import type { FramesBy } from "../../pipeline/settings.js";
import { RawPixelFormat } from "../../proto/gen/depthmesh/stage/v1/encode_service.js";
import {
  type ReadFramesRequest,
  type ReadFramesResponse,
  RenderCapabilities,
  RenderServiceService,
} from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import { withFrames } from "./frame-reader.js";
import { unreachableFacts } from "./unreachable-renderers.js";

const STALL_MS = 300;
const HEADER = {
  ...{ width: 16, height: 16, frames: 6 },
  ...{ frameRateNumerator: 12, frameRateDenominator: 1 },
  pixelFormat: RawPixelFormat.RAW_PIXEL_FORMAT_I420,
  socketPath: "",
};
const data = Buffer.alloc(i420Bytes(HEADER));

let server: RpcServer;
before(async () => {
  const readFrames = bidiStream(framesOf);
  const renderStill = bidiStream(async function* () {});
  const getCapabilities = unary(async () => RenderCapabilities.fromPartial({}));
  server = await startRpcServer("127.0.0.1", 0, [
    rpcService(RenderServiceService, {
      ...{ readFrames, renderStill, getCapabilities },
      renderPreview: bidiStream(async function* () {}),
    }),
  ]);
});
after(() => server.close(0));

let granted = 0;

/**
 * A renderer of a version without sockets. It sends as many frames as the name of the job says, and
 * then nothing more.
 */
async function* framesOf(
  requests: AsyncIterable<ReadFramesRequest>,
  { signal }: CallContext,
): AsyncGenerator<ReadFramesResponse> {
  const messages = requests[Symbol.asyncIterator]();
  const { value } = await messages.next();
  if (value.kind?.value.host) {
    throw new DepthmeshError("PARAMETER_UNKNOWN", "request has an unknown field 4");
  }
  const count = Number(value.kind?.value.job);
  const takeCredits = async () => {
    for (let next = await messages.next(); !next.done; next = await messages.next()) {
      const { kind }: ReadFramesRequest = next.value;
      if (kind?.$case === "credit") granted += kind.value.frames;
    }
  };
  // The reader ends the call when it has enough.
  takeCredits().catch(() => {});
  yield { kind: { $case: "header", value: HEADER } };
  for (let frame = 0; frame < count; frame++) {
    yield { kind: { $case: "band", value: { frame, offsetBytes: 0, data } } };
  }
  if (count < HEADER.frames && !signal.aborted) {
    await new Promise((ended) => signal.addEventListener("abort", ended));
  }
}

/**
 * Reads a clip of which `count` frames arrive. `take` stands for the work of the encoder on each
 * band.
 */
async function read(
  count: number,
  take: () => Promise<void>,
  framesBy: FramesBy = "grpc",
): Promise<number> {
  const pull = { job: String(count), token: "token", generation: 1, stallMs: STALL_MS };
  const request = { ...pull, framesBy };
  const source = { address: server.address, ...request };
  return withFrames(source, new AbortController().signal, async (stream) => {
    let taken = 0;
    assert.ok(stream.socketPath === undefined, "no socket was asked for");
    for await (const band of stream.bands) {
      await take();
      taken += band.endsFrame ? 1 : 0;
    }
    return taken;
  });
}

test("a renderer that sends nothing more counts as lost", async () => {
  for (const count of [0, 2]) {
    await assert.rejects(
      read(count, async () => {}),
      { reason: "FRAME_SOURCE_LOST" },
    );
  }
});

test("an address that leads nowhere is blamed, with its setting", async () => {
  const address = "127.0.0.1:1";
  const pull = { address, job: "1", token: "token", generation: 1, stallMs: STALL_MS };
  const request = { ...pull, framesBy: "grpc" } as const;
  const reading = withFrames(request, new AbortController().signal, async () => {});
  await assert.rejects(reading, {
    reason: "RENDERER_UNREACHABLE",
    metadata: { address, setting: "DEPTHMESH_ADVERTISE_HOST" },
  });
  assert.deepEqual(unreachableFacts(), { unreachable_renderers: address });
});

test("no more credits are granted than there are frames", async () => {
  granted = 0;
  assert.equal(await read(HEADER.frames, async () => {}), HEADER.frames);
  assert.equal(granted, HEADER.frames);
});

test("a slow encoder does not make the renderer count as lost", async () => {
  const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 2 * STALL_MS));
  assert.equal(await read(HEADER.frames, slow), HEADER.frames);
});

test("a renderer that knows no sockets sends bands, unless only a socket is allowed", async () => {
  assert.equal(await read(HEADER.frames, async () => {}, "auto"), HEADER.frames);
  await assert.rejects(
    read(HEADER.frames, async () => {}, "socket"),
    { reason: "FRAMES_NOT_LOCAL" },
  );
});
