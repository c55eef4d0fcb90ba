/**
 * Main module of the decoding process: reads files from its standard input and writes their pixels
 * to its standard output, one after another. It runs under limits of memory and time, so that a
 * malicious file can at most end this process, and not the service.
 */
import { DepthmeshError } from "../../../core/errors.js";
import { isLibheifSpent } from "./libheif.js";
import { allowOnly } from "./libvips.js";
import { decodeMap } from "./map.js";
import { decodePhoto } from "./photo.js";
import { type DecodeReply, type DecodeRequest, readMessages, writeMessage } from "./protocol.js";

async function answer(request: DecodeRequest, bytes: Uint8Array): Promise<void> {
  let reply: DecodeReply;
  let parts: readonly Uint8Array[] = [];
  try {
    const decoded = await decode(request, bytes);
    reply = decoded.reply;
    parts = decoded.parts;
  } catch (error) {
    if (!(error instanceof DepthmeshError)) throw error;
    const { reason, message, metadata } = error;
    const cause = error.cause instanceof Error ? error.cause.message : undefined;
    reply = { error: { reason, message, metadata, cause } };
  }
  await writeMessage(process.stdout, { ...reply, spent: isLibheifSpent() }, ...parts);
}

async function decode(
  request: DecodeRequest,
  bytes: Uint8Array,
): Promise<{ readonly reply: DecodeReply; readonly parts: readonly Uint8Array[] }> {
  if (request.kind === "photo") {
    const { rgb, alpha, guide, ...photo } = await decodePhoto(bytes, request);
    const { width, height } = guide;
    const isSmaller = guide.rgb !== rgb;
    return {
      reply: { ...photo, ...(isSmaller && { guide: { width, height } }) },
      parts: [rgb, ...(isSmaller ? [guide.rgb] : []), ...(alpha ? [alpha] : [])],
    };
  }
  const { width, height, sha256, orientation, values } = await decodeMap(bytes, request);
  const { buffer, byteOffset, byteLength } = values;
  return {
    reply: { width, height, sha256, notes: [], orientation },
    parts: [new Uint8Array(buffer, byteOffset, byteLength)],
  };
}

// The service waits for this message, so that a failed start is not blamed on a photo.
await writeMessage(process.stdout, { ready: true });
let allowed = "";
for await (const { header, bytes } of readMessages(process.stdin)) {
  const request = header as DecodeRequest;
  if (request.formats.join() !== allowed) {
    // Depth maps may be of these formats even where the settings do not allow such photos.
    allowOnly([...request.formats, "png", "jpeg"]);
    allowed = request.formats.join();
  }
  await answer(request, bytes);
}
