/** Reads the boxes (ISO/IEC 14496-12) and image items (HEIF, ISO/IEC 23008-12) of a file. */
import type { ByteReader } from "./byte-reader.js";
import { corrupt } from "./format.js";
import type { PartCounter } from "./part-counter.js";

/** Version and flags, before the fields of a "full" box. */
export const FULL_BOX_BYTES = 4;

/** Item number that the pitm box names: the image to be shown. */
export function primaryItem(reader: ByteReader, pitm: Box): number {
  const at = pitm.body + FULL_BOX_BYTES;
  return reader.u8(pitm.body) === 0 ? reader.u16(at) : reader.u32(at);
}

/** Types of all items by their number, from the iinf box: "hvc1", "grid", "Exif". */
export function itemTypes(
  reader: ByteReader,
  iinf: Box,
  parts: PartCounter,
): ReadonlyMap<number, string> {
  const types = new Map<number, string>();
  const countBytes = reader.u8(iinf.body) === 0 ? 2 : 4;
  for (const box of boxes(reader, iinf.body + FULL_BOX_BYTES + countBytes, iinf.end)) {
    parts.next();
    const version = reader.u8(box.body);
    // Older versions have no types, and no image has them.
    if (box.type !== "infe" || version < 2) continue;
    const at = box.body + FULL_BOX_BYTES;
    const wide = version > 2;
    types.set(wide ? reader.u32(at) : reader.u16(at), reader.tag(at + (wide ? 6 : 4), 4));
  }
  return types;
}

/** The items to which `from` refers with references of `type`, in their order. */
export function referencedItems(
  reader: ByteReader,
  iref: Box,
  type: string,
  from: number,
  parts: PartCounter,
): number[] {
  const itemBytes = reader.u8(iref.body) === 0 ? 2 : 4;
  const item = (at: number) => (itemBytes === 2 ? reader.u16(at) : reader.u32(at));
  for (const box of boxes(reader, iref.body + FULL_BOX_BYTES, iref.end)) {
    parts.next();
    if (box.type !== type || item(box.body) !== from) continue;
    const count = reader.u16(box.body + itemBytes);
    const first = box.body + itemBytes + 2;
    if (first + count * itemBytes > box.end) {
      throw corrupt(reader.format, "item references pass their box");
    }
    return Array.from({ length: count }, (_, index) => item(first + index * itemBytes));
  }
  return [];
}

/** 1-based numbers of the properties that an ipma box gives to `item`, in their order. */
export function propertyNumbers(
  reader: ByteReader,
  ipma: Box,
  item: number,
  parts?: PartCounter,
): number[] {
  const version = reader.u8(ipma.body);
  const itemBytes = version < 1 ? 2 : 4;
  const wide = (reader.u8(ipma.body + 3) & 1) === 1;
  let at = ipma.body + FULL_BOX_BYTES + 4;
  for (let entries = reader.u32(at - 4); entries > 0; entries--) {
    parts?.next();
    const entryItem = itemBytes === 2 ? reader.u16(at) : reader.u32(at);
    const count = reader.u8(at + itemBytes);
    at += itemBytes + 1;
    const end = at + count * (wide ? 2 : 1);
    if (end > ipma.end) throw corrupt(reader.format, "item properties pass their box");
    if (entryItem === item) {
      // The top bit says "essential", the rest is the number.
      return Array.from({ length: count }, (_, index) =>
        wide ? reader.u16(at + index * 2) & 0x7fff : reader.u8(at + index) & 0x7f,
      );
    }
    at = end;
  }
  return [];
}

/**
 * Walks an iloc box. Throws IMAGE_TRUNCATED if an item lies outside the file. Only this table shows
 * a truncated file whose media data box has the size "to the end of the file". Items that are
 * stored in the meta box or in other files are skipped, and so are those that `isNeeded` denies.
 */
export function requireItemsInside(
  reader: ByteReader,
  iloc: Box,
  isNeeded: (item: number) => boolean,
  parts: PartCounter,
): void {
  const version = reader.u8(iloc.body);
  if (version > 2) throw corrupt(reader.format, `item locations of version ${version}`);
  const sizes = reader.u16(iloc.body + FULL_BOX_BYTES);
  const offsetBytes = sizes >>> 12;
  const lengthBytes = (sizes >>> 8) & 15;
  const baseBytes = (sizes >>> 4) & 15;
  const indexBytes = version === 0 ? 0 : sizes & 15;
  const extentBytes = indexBytes + offsetBytes + lengthBytes;

  const countAt = iloc.body + FULL_BOX_BYTES + 2;
  const wide = version === 2;
  const items = wide ? reader.u32(countAt) : reader.u16(countAt);
  let at = countAt + (wide ? 4 : 2);
  for (let index = 0; index < items; index++) {
    parts.next();
    const item = wide ? reader.u32(at) : reader.u16(at);
    at += wide ? 4 : 2;
    const method = version === 0 ? 0 : reader.u16(at) & 15;
    at += version === 0 ? 0 : 2;
    const inFile = method === 0 && reader.u16(at) === 0 && isNeeded(item);
    const base = sized(reader, at + 2, baseBytes);
    const extents = reader.u16(at + 2 + baseBytes);
    at += 2 + baseBytes + 2;
    const end = at + extents * extentBytes;
    if (end > iloc.end) throw corrupt(reader.format, "item locations pass their box");
    // Entries of zero bytes would let a hostile file make this loop arbitrarily long.
    for (; at < end; at += extentBytes) {
      parts.next();
      if (!inFile) continue;
      const offset = base + sized(reader, at + indexBytes, offsetBytes);
      reader.require(offset, sized(reader, at + indexBytes + offsetBytes, lengthBytes));
    }
  }
}

/** An integer of 0, 4 or 8 bytes. */
function sized(reader: ByteReader, offset: number, bytes: number): number {
  if (bytes === 0) return 0;
  if (bytes === 4) return reader.u32(offset);
  if (bytes === 8) return reader.u64(offset);
  throw corrupt(reader.format, `integers of ${bytes} bytes`);
}

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
