/** Checks the structure of a PNG or APNG file: its chunks from IHDR to IEND. */
import type { Steps } from "../steps.js";
import { ByteReader } from "./byte-reader.js";
import { exifOrientation, type Orientation } from "./exif.js";
import { corrupt, unsupported } from "./format.js";
import { type PhotoLimits, requireFrames, requireMaxSize, requireSize } from "./limits.js";
import { PartCounter } from "./part-counter.js";
import type { PhotoStructure } from "./structure.js";
import { requireTaken } from "./taken.js";

const SIGNATURE = "\x89PNG\r\n\x1a\n";
/** Length, type and CRC around the data of a chunk. */
const CHUNK_OVERHEAD_BYTES = 12;
const MAX_CHUNK_BYTES = 2 ** 31 - 1;
const ANIMATION_BYTES = 8;
const MAX_PALETTE_BYTES = 3 * 256;

/** Bit depths that the standard allows, by color type. */
const BIT_DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};
const COLOR_TYPE_PALETTE = 3;

/** Names of chunks, as the number that their four letters are. */
const CHUNK = {
  IHDR: 0x49484452,
  PLTE: 0x504c5445,
  IDAT: 0x49444154,
  IEND: 0x49454e44,
  acTL: 0x6163544c,
  eXIf: 0x65584966,
} as const;

const COLOR_TYPES: Readonly<Record<number, string>> = {
  0: "gray",
  2: "RGB",
  3: "palette",
  4: "gray and alpha",
  6: "RGB and alpha",
};

/**
 * See StructureCheck. Only IHDR's checksum is verified: the others would cost a pass over the file
 * that the decoder makes anyway. Bytes after IEND are allowed, and IEND may be missing or have
 * something else in its place. What decoders refuse before the pixels is refused: a critical chunk
 * that they do not know, a broken palette, pixels in two places. `frames` is the number that acTL
 * announces; of several eXIf the first counts.
 */
export function* inspectPng(bytes: Uint8Array, limits: PhotoLimits): Steps<PhotoStructure> {
  const reader = new ByteReader(bytes, "png", "big");
  if (reader.tag(0, 8) !== SIGNATURE) throw corrupt("png", "no signature");
  const header = imageHeader(reader, 8, limits);
  requireSize(limits, header.width, header.height);

  let frames = 1;
  let orientation: Orientation | undefined;
  let palette = false;
  let imageData = false;
  let previous = 0;
  let offset = 8 + CHUNK_OVERHEAD_BYTES + 13;
  const parts = new PartCounter("png");
  for (;;) {
    if (parts.next()) yield;
    // Without IEND nothing is missing where the image data ends with its chunk.
    if (imageData && reader.length - offset < CHUNK_OVERHEAD_BYTES) break;
    const length = reader.u32(offset);
    const type = reader.u32(offset + 4);
    if (length > MAX_CHUNK_BYTES || !isChunkType(type)) {
      if (imageData) break;
      throw corrupt("png", `no chunk at byte ${offset}`);
    }
    const data = offset + 8;
    if (type === CHUNK.acTL && length === ANIMATION_BYTES && !imageData) {
      frames = Math.max(1, reader.u32(data));
      requireFrames(limits, frames);
    }
    if (type === CHUNK.IEND) break;
    reader.require(offset, length + CHUNK_OVERHEAD_BYTES);
    if (type === CHUNK.IHDR) throw corrupt("png", "two headers");
    if (type === CHUNK.PLTE) palette = isPalette(length, header.colorType);
    else if (type === CHUNK.IDAT) {
      if (imageData && previous !== CHUNK.IDAT) throw corrupt("png", "pixels in two places");
      imageData = true;
    } else if (type === CHUNK.eXIf) {
      orientation ??= exifOrientation(reader.slice(data, data + length));
    } else if (!imageData && isCritical(type)) {
      throw corrupt("png", `the critical chunk ${reader.tag(offset + 4, 4)}, which is unknown`);
    }
    previous = type;
    offset = data + length + 4;
  }
  if (!imageData) throw corrupt("png", "it holds no image data");
  if (header.colorType === COLOR_TYPE_PALETTE && !palette) throw corrupt("png", "no palette");
  return {
    widthPixels: header.width,
    heightPixels: header.height,
    frames,
    orientation: orientation ?? 1,
  };
}

/** Whether a PLTE of this length is one. Where it is but a suggestion, a broken one is ignored. */
function isPalette(length: number, colorType: number): boolean {
  if (length > 0 && length % 3 === 0 && length <= MAX_PALETTE_BYTES) return true;
  if (colorType !== COLOR_TYPE_PALETTE) return false;
  throw corrupt("png", `a palette of ${length} bytes`);
}

/** The IHDR chunk at `offset`. */
function imageHeader(reader: ByteReader, offset: number, limits: PhotoLimits) {
  const length = reader.u32(offset);
  const type = reader.tag(offset + 4, 4);
  if (type === "CgBI") throw unsupported("a PNG in Apple's CgBI variant");
  if (type !== "IHDR" || length !== 13) throw corrupt("png", "it does not begin with its header");
  const data = offset + 8;
  const width = reader.u32(data);
  const height = reader.u32(data + 4);
  // Checked before the checksum, so that a forged header with a huge size gets the error about its
  // size.
  requireMaxSize(limits, width, height);
  const chunk = reader.slice(offset + 4, offset + 8 + length);
  if (reader.u32(offset + 8 + length) !== crc32(chunk)) throw corrupt("png", "header checksum");
  const bitDepth = reader.u8(data + 8);
  const colorType = reader.u8(data + 9);
  if (width === 0 || height === 0) throw corrupt("png", `its size is ${width}×${height}`);
  if (!BIT_DEPTHS[colorType]?.includes(bitDepth)) {
    throw corrupt("png", `color type ${colorType} with ${bitDepth} bits per sample`);
  }
  const [compression, filter, interlace] = [10, 11, 12].map((at) => reader.u8(data + at));
  if (compression !== 0 || filter !== 0 || (interlace !== 0 && interlace !== 1)) {
    throw corrupt("png", "unknown compression, filter or interlace method");
  }
  const coding = interlace === 1 ? "interlaced" : "plain";
  requireTaken("png", { coding, bits: bitDepth, color: COLOR_TYPES[colorType] ?? "" });
  return { width, height, colorType };
}

/** Bits of a chunk's type (PNG 5.4): critical, and reserved, which is 0. */
const ANCILLARY_BIT = 0x20000000;
const RESERVED_BIT = 0x2000;

function isCritical(type: number): boolean {
  return (type & ANCILLARY_BIT) === 0;
}

/** Whether each of the four bytes is a letter, and the third a capital one. */
function isChunkType(type: number): boolean {
  if ((type & RESERVED_BIT) !== 0) return false;
  for (let shift = 0; shift < 32; shift += 8) {
    const lower = ((type >>> shift) & 0xff) | 0x20;
    if (lower < 0x61 || lower > 0x7a) return false;
  }
  return true;
}

/** CRC-32 of PNG annex D, bit by bit; it is used for the 17 bytes of IHDR only. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
