/** Reads the image file directories of TIFF, which EXIF data has too. */
import { ByteReader } from "./byte-reader.js";
import { corrupt, unsupported } from "./format.js";

/** The tags that are read here. */
export const TAG = {
  subfileType: 254,
  imageWidth: 256,
  imageLength: 257,
  bitsPerSample: 258,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfiguration: 284,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  sampleFormat: 339,
} as const;

/** Bytes of one value by its TIFF type: BYTE, ASCII, SHORT, LONG, RATIONAL, … IFD. */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];

const TYPE_SHORT = 3;
const TYPE_LONG = 4;

/** One field of a directory. Its values need not lie inside the file. */
export interface DirectoryEntry {
  readonly tag: number;
  readonly type: number;
  /** How many values. */
  readonly count: number;
  /** Where the values begin: in the entry itself if they fit into 4 bytes. */
  readonly offset: number;
  /** Bytes of all values; 0 for a type that TIFF 6 does not know. */
  readonly byteLength: number;
}

/**
 * The header: byte order and offset of the first directory. Throws IMAGE_TRUNCATED, IMAGE_CORRUPT,
 * or IMAGE_UNSUPPORTED_FORMAT for BigTIFF.
 */
export function openTiff(bytes: Uint8Array): { reader: ByteReader; firstDirectory: number } {
  const order = new ByteReader(bytes, "tiff", "big").tag(0, 2);
  if (order !== "II" && order !== "MM") throw corrupt("tiff", "it has no byte order mark");
  const reader = new ByteReader(bytes, "tiff", order === "II" ? "little" : "big");
  const version = reader.u16(2);
  if (version === 43) throw unsupported("a BigTIFF");
  if (version !== 42) throw corrupt("tiff", `version ${version} is not 42`);
  return { reader, firstDirectory: reader.u32(4) };
}

/**
 * The fields of the directory at `directory`, read one by one. Throws IMAGE_TRUNCATED on the way.
 */
export function* directoryEntries(
  reader: ByteReader,
  directory: number,
): Generator<DirectoryEntry> {
  const count = reader.u16(directory);
  for (let index = 0; index < count; index++) {
    const at = directory + 2 + index * 12;
    const type = reader.u16(at + 2);
    const values = reader.u32(at + 4);
    const byteLength = values * (TYPE_BYTES[type] ?? 0);
    const offset = byteLength <= 4 ? at + 8 : reader.u32(at + 8);
    yield { tag: reader.u16(at), type, count: values, offset, byteLength };
  }
}

/** Offset of the directory after `directory`, 0 after the last one. Throws IMAGE_TRUNCATED. */
export function nextDirectory(reader: ByteReader, directory: number): number {
  return reader.u32(directory + 2 + reader.u16(directory) * 12);
}

/**
 * Value number `index` of a SHORT or LONG field; undefined for other types or when out of range.
 */
export function readValue(
  reader: ByteReader,
  entry: DirectoryEntry,
  index = 0,
): number | undefined {
  if (index >= entry.count) return undefined;
  if (entry.type === TYPE_SHORT) return reader.u16(entry.offset + index * 2);
  if (entry.type === TYPE_LONG) return reader.u32(entry.offset + index * 4);
  return undefined;
}
