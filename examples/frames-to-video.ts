/**
 * The encode stage alone: raw frames go in, a video comes out, and no job is made. This example
 * talks to an encode service with the generated client and grpc-js, and shows the flow control: the
 * service grants credits, one for each frame that it takes at once.
 *
 *     node dist/examples/frames-to-video.js video.mp4 ENCODE_ADDRESS SECRET_FILE
 */

import { once } from "node:events";
import { createWriteStream, readFileSync } from "node:fs";
import { credentials, Metadata } from "@grpc/grpc-js";
import {
  EncodeFramesHeader,
  type EncodeFramesRequest,
  type EncodeFramesResponse,
  EncodeServiceClient,
  RawPixelFormat,
} from "../proto/gen/depthmesh/stage/v1/encode_service.js";

const [video = "", address = "", secretFile = ""] = process.argv.slice(2);
if (secretFile === "") throw new Error("usage: frames-to-video VIDEO ENCODE_ADDRESS SECRET_FILE");

const [width, height, frames] = [320, 180, 60];
/** At most 1 MiB of frame bytes may be in one message. */
const BAND_BYTES = 1024 * 1024;

/** A moving gradient, 8-bit RGBA without padding. */
function drawFrame(index: number): Buffer {
  const frame = Buffer.alloc(width * height * 4, 255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      frame[(y * width + x) * 4] = (x + 4 * index) % 256;
      frame[(y * width + x) * 4 + 1] = (y + 2 * index) % 256;
      frame[(y * width + x) * 4 + 2] = 128;
    }
  }
  return frame;
}

const client = new EncodeServiceClient(address, credentials.createInsecure());
// Stage services ask for the secret of their mesh.
const metadata = new Metadata();
metadata.set("authorization", `Mesh ${readFileSync(secretFile, "utf8").trim()}`);
const call = client.encodeFrames(metadata);
const header = EncodeFramesHeader.fromPartial({
  width,
  height,
  frames,
  frameRateNumerator: 30,
  frameRateDenominator: 1,
  pixelFormat: RawPixelFormat.RAW_PIXEL_FORMAT_RGBA,
});
const send = (kind: EncodeFramesRequest["kind"]) => call.write({ kind });
send({ $case: "header", value: header });

const file = createWriteStream(video);
let sent = 0;
for await (const { kind } of call as AsyncIterable<EncodeFramesResponse>) {
  switch (kind?.$case) {
    case "credit":
      for (let left = kind.value.frames; left > 0 && sent < frames; left--, sent++) {
        const frame = drawFrame(sent);
        for (let at = 0; at < frame.length; at += BAND_BYTES) {
          send({ $case: "band", value: frame.subarray(at, at + BAND_BYTES) });
        }
      }
      if (sent === frames) call.end();
      break;
    case "chunk":
      if (!file.write(kind.value)) await once(file, "drain");
      break;
    case "summary":
      console.log(`${kind.value.frames} frames, ${kind.value.sizeBytes} bytes`);
  }
}
file.end();
await once(file, "close");
client.close();
