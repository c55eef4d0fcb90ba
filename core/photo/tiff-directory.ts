/** Reads the image file directories of TIFF and BigTIFF, which EXIF data has too. */
import { ByteReader } from "./byte-reader.js";
import { corrupt } from "./format.js";

/** The tags that are read here. */
export const TAG = {
  subfileType: 254,
  imageWidth: 256,
  imageLength: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
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
  subDirectories: 330,
  sampleFormat: 339,
  jpegTables: 347,
  colorSubsampling: 530,
} as const;

/** Bytes of one value by its TIFF type: BYTE, ASCII, SHORT, LONG, RATIONAL, … IFD, LONG8 … */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];

const TYPE_SHORT = 3;
const TYPE_LONG = 4;
const TYPE_LONG8 = 16;

/** One field of a directory. Its values need not lie inside the file. */
export interface DirectoryEntry {
  readonly tag: number;
  readonly type: number;
  /** How many values. */
  readonly count: number;
  /** Where the values begin: in the entry itself if they fit into it. */
  readonly offset: number;
  /** Bytes of all values; 0 for a type that is not known. */
  readonly byteLength: number;
}

/** A TIFF's bytes, with the sizes of the numbers in its directories. */
export class TiffReader extends ByteReader {
  /** BigTIFF: counts and offsets have 8 bytes. */
  readonly big: boolean;

  constructor(bytes: Uint8Array, order: "big" | "little", big: boolean) {
    super(bytes, "tiff", order);
    this.big = big;
  }
}

/** Sizes in bytes: the count of entries, an entry, and the values that fit into one. */
const LAYOUT = { countBytes: 2, entryBytes: 12, inlineBytes: 4 };
const BIG_LAYOUT = { countBytes: 8, entryBytes: 20, inlineBytes: 8 };

function layoutOf(reader: ByteReader) {
  return reader instanceof TiffReader && reader.big ? BIG_LAYOUT : LAYOUT;
}

/**
 * The header: byte order and offset of the first directory. Throws IMAGE_TRUNCATED, IMAGE_CORRUPT.
 */
export function openTiff(bytes: Uint8Array): { reader: TiffReader; firstDirectory: number } {
  const order = new ByteReader(bytes, "tiff", "big").tag(0, 2);
  if (order !== "II" && order !== "MM") throw corrupt("tiff", "it has no byte order mark");
  const byteOrder = order === "II" ? "little" : "big";
  const version = new ByteReader(bytes, "tiff", byteOrder).u16(2);
  if (version !== 42 && version !== 43) throw corrupt("tiff", `version ${version} is not 42 or 43`);
  const reader = new TiffReader(bytes, byteOrder, version === 43);
  if (reader.big && (reader.u16(4) !== 8 || reader.u16(6) !== 0)) {
    throw corrupt("tiff", "its offsets do not have 8 bytes");
  }
  return { reader, firstDirectory: reader.big ? reader.u64(8) : reader.u32(4) };
}

/** Bytes of the directory at `directory`. Throws IMAGE_TRUNCATED. */
export function directoryBytes(reader: ByteReader, directory: number): number {
  return directoryCount(reader, directory) * layoutOf(reader).entryBytes;
}

function directoryCount(reader: ByteReader, directory: number): number {
  return layoutOf(reader) === BIG_LAYOUT ? reader.u64(directory) : reader.u16(directory);
}

/**
 * The fields of the directory at `directory`, read one by one. Throws IMAGE_TRUNCATED on the way.
 */
export function* directoryEntries(
  reader: ByteReader,
  directory: number,
): Generator<DirectoryEntry> {
  const layout = layoutOf(reader);
  const isBig = layout === BIG_LAYOUT;
  const count = directoryCount(reader, directory);
  for (let index = 0; index < count; index++) {
    const at = directory + layout.countBytes + index * layout.entryBytes;
    const type = reader.u16(at + 2);
    const values = isBig ? reader.u64(at + 4) : reader.u32(at + 4);
    const byteLength = values * (TYPE_BYTES[type] ?? 0);
    const valueAt = at + layout.entryBytes - layout.inlineBytes;
    const isInline = byteLength <= layout.inlineBytes;
    const elsewhere = isBig ? reader.u64(valueAt) : reader.u32(valueAt);
    const offset = isInline ? valueAt : elsewhere;
    yield { tag: reader.u16(at), type, count: values, offset, byteLength };
  }
}

/** Offset of the directory after `directory`, 0 after the last one. Throws IMAGE_TRUNCATED. */
export function nextDirectory(reader: ByteReader, directory: number): number {
  const at = nextDirectoryAt(reader, directory);
  return layoutOf(reader) === BIG_LAYOUT ? reader.u64(at) : reader.u32(at);
}

/** Where the offset of the directory after `directory` is written. Throws IMAGE_TRUNCATED. */
export function nextDirectoryAt(reader: ByteReader, directory: number): number {
  return directory + layoutOf(reader).countBytes + directoryBytes(reader, directory);
}

/**
 * Value number `index` of a SHORT, LONG or LONG8 field; undefined for other types or when out of
 * range.
 */
export function readValue(
  reader: ByteReader,
  entry: DirectoryEntry,
  index = 0,
): number | undefined {
  if (index >= entry.count) return undefined;
  if (entry.type === TYPE_SHORT) return reader.u16(entry.offset + index * 2);
  if (entry.type === TYPE_LONG) return reader.u32(entry.offset + index * 4);
  if (entry.type === TYPE_LONG8) return reader.u64(entry.offset + index * 8);
  return undefined;
}
