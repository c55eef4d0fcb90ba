/**
 * The decoding process: takes files on its standard input and gives pixels on its standard output, one after another. It
 * runs under limits of memory and time, and whatever a file does to it the service lives on.
 */
import { DepthmeshError } from "../../../core/errors.js";
import { allowOnly } from "./libvips.js";
import { decodeMap } from "./map.js";
import { decodePhoto } from "./photo.js";
import type { DecodeReply, DecodeRequest } from "./protocol.js";
import { readMessages, writeMessage } from "./protocol.js";

const NO_BYTES = new Uint8Array();

async function answer(request: DecodeRequest, bytes: Uint8Array): Promise<void> {
  let reply: DecodeReply;
  let pixels: Uint8Array = NO_BYTES;
  try {
    const { samples, width, height, sha256 } = await decode(request, bytes);
    reply = { width, height, sha256 };
    pixels = samples;
  } catch (error) {
    if (!(error instanceof DepthmeshError)) throw error;
    const { reason, message, metadata } = error;
    reply = { error: { reason, message, metadata } };
  }
  await writeMessage(process.stdout, reply, pixels);
}

async function decode(request: DecodeRequest, bytes: Uint8Array) {
  if (request.kind === "photo") {
    const photo = await decodePhoto(bytes, request);
    return { ...photo, samples: photo.rgb };
  }
  const map = await decodeMap(bytes, request);
  return { ...map, samples: new Uint8Array(map.values.buffer) };
}

// The service waits for this before it blames a photo for anything.
await writeMessage(process.stdout, { ready: true }, NO_BYTES);
let allowed = "";
for await (const { header, bytes } of readMessages(process.stdin)) {
  const request = header as DecodeRequest;
  if (request.formats.join() !== allowed) {
    // A caller's depth map may be a PNG where photos may not.
    allowOnly([...request.formats, "png"]);
    allowed = request.formats.join();
  }
  await answer(request, bytes);
}
