/** Messages on a byte stream between two processes: a JSON header and bytes, each with its length before it. */
import type { Readable, Writable } from "node:stream";

export interface Message {
  readonly header: unknown;
  readonly bytes: Uint8Array;
}

const PREFIX_BYTES = 8;

/** Write one message; resolves when the stream has taken it. */
export function writeMessage(stream: Writable, header: object, bytes: Uint8Array): Promise<void> {
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(json.length, 0);
  prefix.writeUInt32LE(bytes.length, 4);
  stream.write(prefix);
  stream.write(json);
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** Messages as they become whole; what follows the last whole one is dropped. */
export async function* readMessages(stream: Readable): AsyncGenerator<Message> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let neededBytes = PREFIX_BYTES;
  for await (const chunk of stream) {
    waiting.push(chunk);
    waitingBytes += chunk.length;
    while (waitingBytes >= neededBytes) {
      // Joined only when a message may be whole: large ones come in thousands of chunks.
      const joined = waiting.length === 1 ? (waiting[0] as Buffer) : Buffer.concat(waiting);
      waiting = [joined];
      const headerBytes = joined.readUInt32LE(0);
      const end = PREFIX_BYTES + headerBytes + joined.readUInt32LE(4);
      neededBytes = end;
      if (joined.length < end) break;
      const bodyAt = PREFIX_BYTES + headerBytes;
      yield {
        header: JSON.parse(joined.toString("utf8", PREFIX_BYTES, bodyAt)),
        bytes: joined.subarray(bodyAt, end),
      };
      waiting = [joined.subarray(end)];
      waitingBytes = joined.length - end;
      neededBytes = PREFIX_BYTES;
    }
  }
}
