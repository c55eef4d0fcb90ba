/**
 * Checks the structure of a TIFF file: its chain of pages, whose pixels must lie inside the file
 * (TIFF 6.0).
 */
import type { Steps } from "../steps.js";
import type { ByteReader } from "./byte-reader.js";
import { type Orientation, toOrientation } from "./exif.js";
import { corrupt, isDamage, unsupported } from "./format.js";
import { type PhotoLimits, requireFrames, requireMaxSize, requireSize } from "./limits.js";
import type { PhotoStructure } from "./structure.js";
import { type PhotoKind, requireTaken } from "./taken.js";
import {
  type DirectoryEntry,
  directoryBytes,
  directoryEntries,
  nextDirectory,
  nextDirectoryAt,
  openTiff,
  readValue,
  TAG,
  TiffReader,
} from "./tiff-directory.js";
import { tiffKind } from "./tiff-kind.js";

/** Byte order, version and offset of the first page come before any data. */
const HEADER_BYTES = 8;
/** Bit of NewSubfileType: a smaller version of another image. Camera raw files begin with one. */
const SUBFILE_REDUCED = 1;
const TAG_DNG_VERSION = 50706;
const PLANAR_SEPARATE = 2;

/** One page of a TIFF: its fields and its size. */
interface Page {
  readonly fields: ReadonlyMap<number, DirectoryEntry>;
  readonly width: number;
  readonly height: number;
  /** Offset of the page after it; 0 if there is none, or none that can be found. */
  readonly next: number;
}

/**
 * See StructureCheck. `frames` counts the pages; size and orientation are those of the first, which
 * is the one that is used: the walk ends where a later one is damaged.
 */
export function* inspectTiff(bytes: Uint8Array, limits: PhotoLimits): Steps<PhotoStructure> {
  const { reader, firstDirectory } = openTiff(bytes);
  // A hostile file could let its pages share directories and tables, so that walking it takes far
  // longer than its size suggests. In a valid file they are distinct, and their sum fits into it.
  const spend = budget(bytes.length);
  const first = yield* readPage(reader, firstDirectory, spend);
  requirePhotograph(reader, first);
  requireDecodable(reader, first);
  requireTaken("tiff", kindOf(reader, first));
  requireSize(limits, first.width, first.height);
  yield* requirePixelsInside(reader, first, limits, spend);
  let frames = 1;
  try {
    const seen = new Set<number>([0]);
    for (let at = firstDirectory; ; ) {
      seen.add(at);
      at = nextDirectory(reader, at);
      if (seen.has(at)) break;
      requireFrames(limits, frames + 1);
      const page = yield* readPage(reader, at, spend);
      requireMaxSize(limits, page.width, page.height);
      yield* requirePixelsInside(reader, page, limits, spend);
      frames += 1;
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  const orientation: Orientation = toOrientation(scalar(reader, first, TAG.orientation));
  return { widthPixels: first.width, heightPixels: first.height, frames, orientation };
}

const READ_TAGS: ReadonlySet<number> = new Set([...Object.values(TAG), TAG_DNG_VERSION]);
/** After these a check lets others run. */
const ENTRIES_OF_A_STEP = 1024;
const STRIPS_OF_A_STEP = 2048;

function* readPage(
  reader: ByteReader,
  directory: number,
  spend: (bytes: number) => void,
): Steps<Page> {
  if (directory < HEADER_BYTES) throw corrupt("tiff", `a page at byte ${directory}`);
  spend(directoryBytes(reader, directory));
  const fields = new Map<number, DirectoryEntry>();
  let entries = 0;
  for (const entry of directoryEntries(reader, directory)) {
    if (++entries % ENTRIES_OF_A_STEP === 0) yield;
    if (READ_TAGS.has(entry.tag) && !fields.has(entry.tag)) fields.set(entry.tag, entry);
  }
  const page = { fields, width: 0, height: 0, next: 0 };
  const width = scalar(reader, page, TAG.imageWidth) ?? 0;
  const height = scalar(reader, page, TAG.imageLength) ?? 0;
  if (width === 0 || height === 0) throw corrupt("tiff", `a page of ${width}×${height}`);
  for (const entry of fields.values()) reader.require(entry.offset, entry.byteLength);
  const nextAt = nextDirectoryAt(reader, directory);
  const hasNext = nextAt + (reader instanceof TiffReader && reader.big ? 8 : 4) <= reader.length;
  return { fields, width, height, next: hasNext ? nextDirectory(reader, directory) : 0 };
}

/**
 * Camera raw files are TIFFs whose first page is a thumbnail. They are refused, because the
 * thumbnail is not the photo.
 */
function requirePhotograph(reader: ByteReader, page: Page): void {
  const reduced = (scalar(reader, page, TAG.subfileType) ?? 0) & SUBFILE_REDUCED;
  // A page that is small for itself alone is a photograph that somebody has shrunk.
  const isThumbnail = reduced !== 0 && (page.fields.has(TAG.subDirectories) || page.next !== 0);
  const canon = reader.tag(HEADER_BYTES, 2) === "CR";
  if (isThumbnail || canon || page.fields.has(TAG_DNG_VERSION))
    throw unsupported("a camera raw file");
}

/** Refuses what the table of kinds does not tell and libtiff or libvips do not read. */
function requireDecodable(reader: ByteReader, page: Page): void {
  if (!page.fields.has(TAG.photometric))
    throw corrupt("tiff", "it does not say what its colors are");
  const bits = page.fields.get(TAG.bitsPerSample);
  const first = bits && readValue(reader, bits);
  for (let i = 1; bits && i < Math.min(bits.count, MAX_CHANNELS); i++) {
    if (readValue(reader, bits, i) !== first)
      throw unsupported("a TIFF of channels with different bits");
  }
  const isSeparate = scalar(reader, page, TAG.planarConfiguration) === PLANAR_SEPARATE;
  const channels = scalar(reader, page, TAG.samplesPerPixel) ?? 1;
  if (isSeparate && channels > 1 && page.fields.has(TAG.tileOffsets)) {
    throw unsupported("a TIFF with tiles of separate colors");
  }
}

const MAX_CHANNELS = 16;

function kindOf(reader: ByteReader, page: Page): PhotoKind {
  const value = (tag: number, otherwise: number) => scalar(reader, page, tag) ?? otherwise;
  const subsampling = page.fields.get(TAG.colorSubsampling);
  // Where the field is missing, every second color sample is: the default of TIFF 6.
  const [across, down] = subsampling
    ? [readValue(reader, subsampling, 0), readValue(reader, subsampling, 1)]
    : [2, 2];
  return tiffKind({
    compression: value(TAG.compression, 1),
    photometric: value(TAG.photometric, 1),
    bits: value(TAG.bitsPerSample, 1),
    sampleFormat: value(TAG.sampleFormat, 1),
    channels: value(TAG.samplesPerPixel, 1),
    subsampled: across !== 1 || down !== 1,
  });
}

/** The strips or tiles of a page: enough of them for its size, each inside the file. */
function* requirePixelsInside(
  reader: ByteReader,
  page: Page,
  limits: PhotoLimits,
  spend: (bytes: number) => void,
): Steps<void> {
  const tiled = page.fields.has(TAG.tileOffsets);
  const offsets = page.fields.get(tiled ? TAG.tileOffsets : TAG.stripOffsets);
  const counts = page.fields.get(tiled ? TAG.tileByteCounts : TAG.stripByteCounts);
  if (!offsets) throw corrupt("tiff", "a page has neither strips nor tiles");
  const separate = scalar(reader, page, TAG.planarConfiguration) === PLANAR_SEPARATE;
  const planes = separate ? (scalar(reader, page, TAG.samplesPerPixel) ?? 1) : 1;
  const needed = planes * (tiled ? tilesAPlane(reader, page, limits) : stripsAPlane(reader, page));
  // Old programs did not write the counts; then only the offsets can be checked.
  if (offsets.count < needed || (counts && counts.count < needed)) {
    throw corrupt("tiff", `a page has ${offsets.count} of ${needed} strips or tiles`);
  }
  if (!counts && needed > planes) throw corrupt("tiff", `${needed} strips without their lengths`);
  spend(offsets.byteLength);
  for (let index = 0; index < needed; index++) {
    if (index % STRIPS_OF_A_STEP === STRIPS_OF_A_STEP - 1) yield;
    const offset = readValue(reader, offsets, index);
    const length = counts ? readValue(reader, counts, index) : 1;
    if (offset === undefined || length === undefined) {
      throw corrupt("tiff", "offsets of another type than SHORT or LONG");
    }
    if (offset < HEADER_BYTES) throw corrupt("tiff", `pixels at byte ${offset}`);
    reader.require(offset, length);
  }
}

function stripsAPlane(reader: ByteReader, page: Page): number {
  const rows = scalar(reader, page, TAG.rowsPerStrip) ?? page.height;
  if (rows === 0) throw corrupt("tiff", "strips without rows");
  return Math.ceil(page.height / rows);
}

/**
 * A tile may be larger than its page, but a decoder holds all of it: the limit of the page applies
 * to it.
 */
function tilesAPlane(reader: ByteReader, page: Page, limits: PhotoLimits): number {
  const width = scalar(reader, page, TAG.tileWidth) ?? 0;
  const height = scalar(reader, page, TAG.tileLength) ?? 0;
  if (width === 0 || height === 0) throw corrupt("tiff", `tiles of ${width}×${height}`);
  requireMaxSize(limits, width, height);
  return Math.ceil(page.width / width) * Math.ceil(page.height / height);
}

/** The first value of a field, undefined when the page has none. */
function scalar(reader: ByteReader, page: Page, tag: number): number | undefined {
  const entry = page.fields.get(tag);
  return entry && readValue(reader, entry);
}

/** A function that throws IMAGE_CORRUPT once the sum of its arguments passes `total` bytes. */
function budget(total: number): (bytes: number) => void {
  let left = total;
  return (bytes) => {
    left -= bytes;
    if (left < 0) throw corrupt("tiff", "its pages overlap");
  };
}
