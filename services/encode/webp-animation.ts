/** Frames and delays of an animated WebP (RFC 9649), which ffprobe does not read. */
import type { FileHandle } from "node:fs/promises";

export interface Animation {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly durationSeconds: number;
}

const RIFF_HEADER_BYTES = 12;
/** A chunk's header and as much of its data as is looked at. */
const LOOK_BYTES = 8 + 16;

/** Walks the chunks; only their first bytes are read. Undefined for what is no animation. */
export async function readWebpAnimation(file: FileHandle): Promise<Animation | undefined> {
  const { size } = await file.stat();
  let width = 0;
  let height = 0;
  let frames = 0;
  let durationMs = 0;
  for (let offset = RIFF_HEADER_BYTES; offset + 8 <= size; ) {
    const { buffer: head } = await file.read(Buffer.alloc(LOOK_BYTES), 0, LOOK_BYTES, offset);
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
