/** Facts of animated pictures, from the chunks of their files. */
import { type FileHandle, open } from "node:fs/promises";
import type { OutputFacts } from "../../core/output/output-facts.js";

export type AnimationFacts = Pick<OutputFacts, "width" | "height" | "frames" | "durationSeconds">;

async function withFile<T>(path: string, read: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path);
  try {
    return await read(file);
  } finally {
    await file.close();
  }
}

const PNG_SIGNATURE_BYTES = 8;
/** A PNG chunk has its length and type in front of the data, and a checksum behind it. */
const PNG_FRAMING_BYTES = 12;

/**
 * Sum of the frame delays of an animated PNG, in seconds (PNG specification, third edition).
 * ffprobe only estimates it. Reads only the beginning of each chunk.
 */
export function apngSeconds(path: string): Promise<number> {
  return withFile(path, sumOfDelays);
}

async function sumOfDelays(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  let seconds = 0;
  for (let offset = PNG_SIGNATURE_BYTES; offset + PNG_FRAMING_BYTES <= size; ) {
    const head = await readAt(file, offset, 8 + 24);
    if (head.toString("latin1", 4, 8) === "fcTL") {
      // A denominator of 0 means hundredths of a second.
      seconds += head.readUInt16BE(28) / (head.readUInt16BE(30) || 100);
    }
    offset += PNG_FRAMING_BYTES + head.readUInt32BE(0);
  }
  return seconds;
}

const RIFF_HEADER_BYTES = 12;

/**
 * Size, frames and duration of an animated WebP (RFC 9649), which ffprobe does not read. Undefined
 * if the file is not an animation. Reads only the beginning of each chunk.
 */
export function readWebpAnimation(path: string): Promise<AnimationFacts | undefined> {
  return withFile(path, animationFacts);
}

async function animationFacts(file: FileHandle): Promise<AnimationFacts | undefined> {
  const { size } = await file.stat();
  let width = 0;
  let height = 0;
  let frames = 0;
  let durationMs = 0;
  for (let offset = RIFF_HEADER_BYTES; offset + 8 <= size; ) {
    const head = await readAt(file, offset, 8 + 16);
    const type = head.toString("latin1", 0, 4);
    if (type === "VP8X") {
      width = head.readUIntLE(12, 3) + 1;
      height = head.readUIntLE(15, 3) + 1;
    } else if (type === "ANMF") {
      frames += 1;
      durationMs += head.readUIntLE(20, 3);
    }
    const length = head.readUInt32LE(4);
    offset += 8 + length + (length % 2);
  }
  return frames === 0 ? undefined : { width, height, frames, durationSeconds: durationMs / 1000 };
}

/** `length` bytes from `offset` on; those beyond the end of the file are zero. */
async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
  return buffer;
}
