/** The further pictures of a Multi-Picture Format file (CIPA DC-007), by its list in APP2. */
import { appSegments, startsWith } from "./jpeg-segments.js";

const SIGNATURE = "MPF\0";
/** Tag of the list of pictures, 16 bytes for each: attribute, size, offset, dependencies. */
const ENTRIES_TAG = 0xb002;
const ENTRY_BYTES = 16;
const MAX_PICTURES = 16;

/**
 * Offsets in the list count from its own byte order mark; the first picture is the photo itself.
 */
export function auxiliaryPictures(jpeg: Uint8Array): readonly Uint8Array[] {
  for (const { app, offset, payload } of appSegments(jpeg)) {
    if (app !== 2 || !startsWith(payload, SIGNATURE)) continue;
    const start = offset + SIGNATURE.length;
    return pictures(jpeg, start, payload.subarray(SIGNATURE.length));
  }
  return [];
}

function pictures(jpeg: Uint8Array, start: number, list: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
  const isLittle = list[0] === 0x49;
  const has = (at: number, bytes: number) => at >= 0 && at + bytes <= list.length;
  if (!has(0, 8)) return [];
  const directory = view.getUint32(4, isLittle);
  if (!has(directory, 2)) return [];
  const tags = view.getUint16(directory, isLittle);
  for (let i = 0; i < tags; i++) {
    const tag = directory + 2 + 12 * i;
    if (!has(tag, 12)) return [];
    if (view.getUint16(tag, isLittle) !== ENTRIES_TAG) continue;
    const bytes = view.getUint32(tag + 4, isLittle);
    const at = view.getUint32(tag + 8, isLittle);
    const count = Math.min(Math.floor(bytes / ENTRY_BYTES), MAX_PICTURES);
    const found: Uint8Array[] = [];
    for (let picture = 1; picture < count; picture++) {
      const entry = at + ENTRY_BYTES * picture;
      if (!has(entry, ENTRY_BYTES)) break;
      const size = view.getUint32(entry + 4, isLittle);
      const from = start + view.getUint32(entry + 8, isLittle);
      if (size > 0 && from + size <= jpeg.length) found.push(jpeg.subarray(from, from + size));
    }
    return found;
  }
  return [];
}
