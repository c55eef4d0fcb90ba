/** The top-level boxes of a finished MP4 or QuickTime file. */
import { type FileHandle, open } from "node:fs/promises";
import { DepthmeshError } from "../../core/errors.js";
import type { ByteRange } from "../../core/output/sample-tables.js";

export interface Mp4File {
  /** The `moov` box. */
  readonly moov: Uint8Array;
  /** Where it begins in the file. */
  readonly offsetBytes: number;
  /** The contents of the boxes `mdat`. */
  readonly data: readonly ByteRange[];
}

const HEADER_BYTES = 8;
const LARGE_HEADER_BYTES = 16;
/** A size of one means that the size follows the type, in 64 bits. */
const SIZE_FOLLOWS = 1;
/** ffmpeg writes about four. */
const MAX_BOXES = 1000;
/** Enough for the tables of millions of frames. */
const MAX_MOOV_BYTES = 256 * 1024 * 1024;

/**
 * Reads the headers of all boxes, and the content of `moov`. Throws ENCODER_CRASHED for a file that
 * is not there, has no `moov`, or does not end where its last box does.
 */
export async function readMp4(path: string): Promise<Mp4File> {
  const file = await open(path).catch((error) => {
    throw withoutIndex(error);
  });
  try {
    return await readBoxes(file);
  } finally {
    await file.close();
  }
}

async function readBoxes(file: FileHandle): Promise<Mp4File> {
  const { size } = await file.stat();
  const head = Buffer.alloc(LARGE_HEADER_BYTES);
  const data: ByteRange[] = [];
  let found: Pick<Mp4File, "moov" | "offsetBytes"> | undefined;
  let at = 0;
  for (let boxes = 0; at < size && boxes < MAX_BOXES; boxes++) {
    const { bytesRead } = await file.read(head, 0, LARGE_HEADER_BYTES, at);
    if (bytesRead < HEADER_BYTES) break;
    const short = head.readUInt32BE(0);
    const isLarge = short === SIZE_FOLLOWS && bytesRead === LARGE_HEADER_BYTES;
    const headerBytes = isLarge ? LARGE_HEADER_BYTES : HEADER_BYTES;
    const sizeBytes = isLarge ? Number(head.readBigUInt64BE(HEADER_BYTES)) : short;
    const end = at + sizeBytes;
    if (sizeBytes < headerBytes || end > size) break;
    const type = head.toString("latin1", 4, HEADER_BYTES);
    if (type === "mdat") data.push({ start: at + headerBytes, end });
    if (type === "moov") {
      if (found || isLarge || sizeBytes > MAX_MOOV_BYTES) break;
      const moov = Buffer.alloc(sizeBytes);
      const read = await file.read(moov, 0, sizeBytes, at);
      if (read.bytesRead < sizeBytes) break;
      found = { moov, offsetBytes: at };
    }
    at = end;
  }
  if (!found || at !== size) throw withoutIndex(undefined);
  return { ...found, data };
}

function withoutIndex(cause: unknown): DepthmeshError {
  const message = "the video encoder wrote a file without an index, or not all of it";
  return new DepthmeshError("ENCODER_CRASHED", message, {
    metadata: { cause: "incomplete" },
    cause,
  });
}
