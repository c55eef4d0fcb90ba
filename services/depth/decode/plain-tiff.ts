/** Leaves libtiff nothing to complain of but the pixels. */
import {
  type DirectoryEntry,
  directoryEntries,
  nextDirectoryAt,
  openTiff,
} from "../../../core/photo/tiff-directory.js";

/**
 * The fields that say how pixels are stored and what their samples mean (TIFF 6.0 and its
 * supplements). Orientation is not among them: it is applied by what the structure check has read.
 */
const PIXEL_FIELDS: ReadonlySet<number> = new Set([
  ...[256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 293, 317, 320],
  ...[322, 323, 324, 325, 332, 334, 336, 338, 339, 340, 341, 347, 529, 530, 531, 532],
  34675,
]);

/**
 * A TIFF of the first page with the fields of PIXEL_FIELDS only, each once and in their order.
 * libtiff calls it an error where another field has a value that it does not know, or where a later
 * page is broken, and libvips then gives up though every pixel is there. `bytes` have passed the
 * structure check.
 */
export function asPlainTiff(bytes: Uint8Array): Uint8Array {
  const { reader, firstDirectory } = openTiff(bytes);
  const { big } = reader;
  const [countBytes, entryBytes] = big ? [8, 20] : [2, 12];
  const fields: { readonly at: number; readonly entry: DirectoryEntry }[] = [];
  let at = firstDirectory + countBytes;
  for (const entry of directoryEntries(reader, firstDirectory)) {
    const isFirst = !fields.some((field) => field.entry.tag === entry.tag);
    if (PIXEL_FIELDS.has(entry.tag) && isFirst) fields.push({ at, entry });
    at += entryBytes;
  }
  fields.sort((a, b) => a.entry.tag - b.entry.tag);

  const plain = Buffer.from(bytes);
  // The directory of fewer fields fits where the whole one was; the file may end with it.
  const end = Math.min(plain.length, nextDirectoryAt(reader, firstDirectory) + (big ? 8 : 4));
  plain.fill(0, firstDirectory, end);
  const isLittle = plain[0] === 0x49;
  if (big) {
    const count = BigInt(fields.length);
    if (isLittle) plain.writeBigUInt64LE(count, firstDirectory);
    else plain.writeBigUInt64BE(count, firstDirectory);
  } else if (isLittle) plain.writeUInt16LE(fields.length, firstDirectory);
  else plain.writeUInt16BE(fields.length, firstDirectory);
  for (const [index, field] of fields.entries()) {
    const target = firstDirectory + countBytes + index * entryBytes;
    plain.set(bytes.subarray(field.at, field.at + entryBytes), target);
  }
  return plain;
}
