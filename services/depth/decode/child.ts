/**
 * The decoding process: takes files on its standard input and gives pixels on its standard output, one after another. It
 * runs under limits of memory and time, and whatever a file does to it the service lives on.
 */
import { InputError } from "../../../core/input-error.js";
import { readMessages, writeMessage } from "./framing.js";
import { allowOnly, decodePhoto } from "./photo.js";
import type { DecodeReply, DecodeRequest } from "./request.js";

const NO_BYTES = new Uint8Array();

async function answer(request: DecodeRequest, bytes: Uint8Array): Promise<void> {
  let reply: DecodeReply;
  let pixels: Uint8Array = NO_BYTES;
  try {
    const { rgb, ...facts } = await decodePhoto(bytes, request);
    reply = facts;
    pixels = rgb;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { reason, message, metadata } = error;
    reply = { error: { reason, message, metadata } };
  }
  await writeMessage(process.stdout, reply, pixels);
}

let allowed = "";
for await (const { header, bytes } of readMessages(process.stdin)) {
  const request = header as DecodeRequest;
  if (request.formats.join() !== allowed) {
    allowOnly(request.formats);
    allowed = request.formats.join();
  }
  await answer(request, bytes);
}
