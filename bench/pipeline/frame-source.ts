/** A process that serves ReadFrames with one frame from memory, in place of the render service. */

import { i420Bytes } from "../../core/geometry/size.js";
import { bidiStream, unary } from "../../kit/rpc/call.js";
import { chunksOf } from "../../kit/rpc/chunks.js";
import { rpcService, startRpcServer } from "../../kit/rpc/server.js";
import { RawPixelFormat } from "../../proto/gen/depthmesh/stage/v1/encode_service.js";
import {
  type ReadFramesRequest,
  ReadFramesResponse,
  RenderServiceService,
} from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import { Credits, FRAME_BAND_BYTES } from "../../services/render/read-frames.js";

const SIZE = { width: 1920, height: 1080 };
const FRAMES = 300;

async function* readFrames(
  requests: AsyncIterable<ReadFramesRequest>,
): AsyncGenerator<ReadFramesResponse> {
  const credits = new Credits();
  const pump = async () => {
    for await (const { kind } of requests) {
      if (kind?.$case === "credit") credits.grant(kind.value.frames);
    }
    credits.close();
  };
  // The reader ends the call when it has enough.
  pump().catch(() => credits.close());
  const pixelFormat = RawPixelFormat.RAW_PIXEL_FORMAT_I420;
  const rate = { frameRateNumerator: 30, frameRateDenominator: 1, pixelFormat, socketPath: "" };
  yield { kind: { $case: "header", value: { ...SIZE, frames: FRAMES, ...rate } } };
  const bytes = new Uint8Array(new SharedArrayBuffer(i420Bytes(SIZE)));
  for (let frame = 0; frame < FRAMES && (await credits.take()); frame++) {
    let offsetBytes = 0;
    for (const band of chunksOf(bytes, FRAME_BAND_BYTES)) {
      const data = Buffer.from(band.buffer, band.byteOffset, band.length);
      yield { kind: { $case: "band", value: { frame, offsetBytes, data } } };
      offsetBytes += band.length;
    }
  }
}

async function unused(): Promise<never> {
  throw new Error("this process serves ReadFrames only");
}

const server = await startRpcServer("127.0.0.1", 0, [
  rpcService(
    RenderServiceService,
    {
      readFrames: bidiStream((requests) => readFrames(requests)),
      renderStill: bidiStream(async function* () {
        yield await unused();
      }),
      renderPreview: bidiStream(async function* () {
        yield await unused();
      }),
      getCapabilities: unary(unused),
    },
    { bulkResponses: { readFrames: ReadFramesResponse } },
  ),
]);
process.stdout.write(`${server.address}\n`);
