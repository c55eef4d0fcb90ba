/** Delays of an animated PNG (PNG specification, third edition), of which ffprobe only guesses. */
import type { FileHandle } from "node:fs/promises";

const SIGNATURE_BYTES = 8;
/** Length and type before a chunk's data, the sum after it. */
const FRAMING_BYTES = 12;
/** A chunk's head and as much of its data as is looked at. */
const LOOK_BYTES = 8 + 24;

/** Seconds of all frames together; only the beginning of each chunk is read. */
export async function apngSeconds(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  let seconds = 0;
  for (let offset = SIGNATURE_BYTES; offset + FRAMING_BYTES <= size; ) {
    const { buffer: head } = await file.read(Buffer.alloc(LOOK_BYTES), 0, LOOK_BYTES, offset);
    if (head.toString("latin1", 4, 8) === "fcTL") {
      // No denominator means hundredths.
      seconds += head.readUInt16BE(28) / (head.readUInt16BE(30) || 100);
    }
    offset += FRAMING_BYTES + head.readUInt32BE(0);
  }
  return seconds;
}
