/**
 * Splits bytes and files into chunks that fit into messages, and collects the chunks of a download.
 */
import { createReadStream } from "node:fs";

/** The largest piece of a file in one message. */
export const FILE_CHUNK_BYTES = 256 * 1024;

/** Views of `bytes`, each at most `size` long; nothing is copied. */
export function* chunksOf(bytes: Uint8Array, size = FILE_CHUNK_BYTES): Generator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) {
    yield bytes.subarray(offset, Math.min(offset + size, bytes.length));
  }
}

/** The bytes from `start` to before `end`. */
export interface FileRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The bytes of a file, or of a part of it. It is opened when the first byte is requested, so that
 * an unread stream holds no file open.
 */
export async function* fileChunks(path: string, range?: FileRange): AsyncGenerator<Uint8Array> {
  if (range && range.end <= range.start) return;
  const part = range && { start: range.start, end: range.end - 1 };
  yield* createReadStream(path, { highWaterMark: FILE_CHUNK_BYTES, ...part });
}

/** A message of a download: a description of the file, or a chunk of its bytes. */
interface DownloadMessage {
  readonly kind?: { readonly $case: string; readonly value: unknown } | undefined;
}

/** The chunks among the messages of a download. */
export async function* chunksIn(
  messages: AsyncIterable<DownloadMessage>,
): AsyncGenerator<Uint8Array> {
  for await (const { kind } of messages) {
    if (kind?.$case === "chunk" && kind.value instanceof Uint8Array) yield kind.value;
  }
}

/** All chunks as one array. */
export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}
