/**
 * Buffers in which responses with many bytes are sent, used again and again. V8 counts a fresh
 * buffer for each of them against the limit of its old generation, and with three megabytes a frame
 * it collects its whole heap after every third frame. grpc-js has no public way to its framing; a
 * test fails if an update takes this one away.
 */
import type { ServerInterceptor } from "@grpc/grpc-js";
import { FILE_CHUNK_BYTES } from "./chunks.js";
import type { SerialisedMessage } from "./gathering-writer.js";

type Call = Parameters<ServerInterceptor>[1];

/** What grpc-js writes before a message: whether it is compressed, and its length. */
const PREFIX_BYTES = 5;
/** Holds a chunk of a file or a band of a frame, with the fields beside it. */
const BUFFER_BYTES = FILE_CHUNK_BYTES + 4 * 1024;
/** Buffers that wait for their next message. More calls than that at once are rare. */
const MAX_FREE = 8;

const free: Buffer[] = [];

/** The names of grpc-js's private parts. */
const FRAMING = "serializeMessage";
const HANDLER = "handler";

/**
 * The same call; its gathered responses are written into a buffer that it gives back when the
 * transport has taken the message. A call that ends before that leaves the buffer to the collector.
 */
export function poolFrames(call: Call): Call {
  const serialize = serializerOf(call);
  let framed: Framed = {};
  Reflect.set(call, FRAMING, (response: unknown): Buffer => {
    const message = serialize(response);
    const size = PREFIX_BYTES + message.byteLength;
    if (!Buffer.isBuffer(message) && size <= BUFFER_BYTES) {
      framed.pooled = free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    }
    const frame = (framed.pooled ?? Buffer.allocUnsafe(size)).subarray(0, size);
    // Not compressed, as all responses of grpc-js.
    frame.writeUInt8(0, 0);
    frame.writeUInt32BE(message.byteLength, 1);
    message.copy(frame, PREFIX_BYTES);
    return frame;
  });
  const send = call.sendMessage.bind(call);
  call.sendMessage = (response, taken) => {
    const sent: Framed = {};
    framed = sent;
    send(response, () => {
      if (sent.pooled && free.length < MAX_FREE) free.push(sent.pooled);
      taken();
    });
  };
  return call;
}

/** The buffer of one message, if it came from the pool. */
interface Framed {
  pooled?: Buffer;
}

function serializerOf(call: Call): (response: unknown) => SerialisedMessage {
  const handler: { readonly serialize?: unknown } = Reflect.get(call, HANDLER) ?? {};
  const { serialize } = handler;
  if (typeof Reflect.get(call, FRAMING) === "function" && typeof serialize === "function") {
    return (response) => serialize(response);
  }
  throw new Error("this version of @grpc/grpc-js hides how it frames messages");
}
