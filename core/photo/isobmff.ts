/** Boxes of the ISO base media file format (ISO/IEC 14496-12), the container of AVIF. */
import type { ByteReader } from "./byte-reader.js";
import { corrupt } from "./faults.js";

export interface Box {
  /** Four characters. */
  readonly type: string;
  /** Offset of the first byte after its header. */
  readonly body: number;
  /** Offset after its last byte, inside the file. */
  readonly end: number;
}

const HEADER_BYTES = 8;
const SIZE_TO_END = 0;
const SIZE_IN_64_BITS = 1;

/**
 * The boxes in [start, end). At the top level `end` is the length of the file. Throws
 * IMAGE_TRUNCATED where a box passes the end of the file, IMAGE_CORRUPT where it passes only its
 * parent or is smaller than its own header.
 */
export function* boxes(reader: ByteReader, start: number, end: number): Generator<Box> {
  let offset = start;
  while (offset < end) {
    const size = reader.u32(offset);
    const type = reader.tag(offset + 4, 4);
    const long = size === SIZE_IN_64_BITS;
    const body = offset + (long ? 2 * HEADER_BYTES : HEADER_BYTES);
    const length = long ? reader.u64(offset + HEADER_BYTES) : size;
    const boxEnd = size === SIZE_TO_END ? end : offset + length;
    if (boxEnd < body) throw corrupt(reader.format, `a box of ${length} bytes at byte ${offset}`);
    reader.require(offset, boxEnd - offset);
    if (boxEnd > end) throw corrupt(reader.format, `box at byte ${offset} passes its parent`);
    yield { type, body, end: boxEnd };
    offset = boxEnd;
  }
}
