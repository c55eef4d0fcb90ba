/** Checks the structure of a JPEG file: its markers from SOI to EOI (ITU-T T.81, annex B). */
import { ByteReader } from "./byte-reader.js";
import { exifOrientation, isExif, type Orientation } from "./exif.js";
import { corrupt, truncated, unsupported } from "./format.js";
import { type PhotoLimits, requireSize } from "./limits.js";
import type { PhotoStructure } from "./structure.js";

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;
const TEM = 0x01;

/**
 * Frame headers (SOF) that libjpeg decodes: baseline, extended, progressive, and arithmetic ones.
 */
const DECODABLE_FRAMES = new Set([0xc0, 0xc1, 0xc2, 0xc9, 0xca]);
/**
 * Markers in the range of frame headers that are none: Huffman tables, an extension, arithmetic
 * conditioning.
 */
const NOT_FRAMES = new Set([0xc4, 0xc8, 0xcc]);

/**
 * A decoder's work is pixels × scans. Encoders write about ten scans; a file with many more is
 * meant to block it.
 */
const MAX_SCANS = 100;

/**
 * See StructureCheck. Bytes after EOI are allowed: phones append previews and video there. A height
 * of 0 (left to a DNL marker) is IMAGE_CORRUPT, as decoders do not read it.
 */
export function inspectJpeg(bytes: Uint8Array, limits: PhotoLimits): PhotoStructure {
  const reader = new ByteReader(bytes, "jpeg", "big");
  if (reader.u16(0) !== 0xff00 + SOI) throw corrupt("jpeg", "it has no start marker");
  let size: { width: number; height: number } | undefined;
  let orientation: Orientation | undefined;
  let scans = 0;
  let offset = 2;
  for (;;) {
    const code = markerAt(reader, offset);
    const marker = reader.u8(code);
    offset = code + 1;
    if (marker === EOI) break;
    if (marker === TEM || isRestart(marker)) continue;
    if (marker === SOI || marker < 0xc0)
      throw corrupt("jpeg", `marker ${hex(marker)} is misplaced`);

    const length = reader.u16(offset);
    if (length < 2) throw corrupt("jpeg", `segment ${hex(marker)} has ${length} bytes`);
    if (isFrame(marker)) {
      if (size !== undefined) throw corrupt("jpeg", "it has two frame headers");
      size = frameSize(reader, offset, marker);
      requireSize(limits, size.width, size.height);
    }
    const end = offset + length;
    reader.require(offset, length);
    if (marker === APP1 && orientation === undefined) {
      const payload = reader.slice(offset + 2, end);
      if (isExif(payload)) orientation = exifOrientation(payload);
    }
    offset = end;
    if (marker === SOS) {
      if (size === undefined) throw corrupt("jpeg", "a scan comes before the frame header");
      if (++scans > MAX_SCANS) throw corrupt("jpeg", `it has more than ${MAX_SCANS} scans`);
      offset = endOfScan(bytes, end);
    }
  }
  if (size === undefined || scans === 0) throw corrupt("jpeg", "it holds no image");
  return {
    widthPixels: size.width,
    heightPixels: size.height,
    frames: 1,
    orientation: orientation ?? 1,
  };
}

/** Offset of the code of the marker at `offset`, past any fill bytes 0xff. */
function markerAt(reader: ByteReader, offset: number): number {
  if (reader.u8(offset) !== 0xff) throw corrupt("jpeg", `there is no marker at byte ${offset}`);
  let code = offset + 1;
  while (reader.u8(code) === 0xff) code++;
  return code;
}

/** The size in pixels from the SOF segment whose length field is at `offset`. */
function frameSize(reader: ByteReader, offset: number, marker: number) {
  const precision = reader.u8(offset + 2);
  const height = reader.u16(offset + 3);
  const width = reader.u16(offset + 5);
  const components = reader.u8(offset + 7);
  if (!DECODABLE_FRAMES.has(marker)) throw unsupported("a lossless or hierarchical JPEG");
  if (precision === 12) throw unsupported("a JPEG with 12 bits per sample");
  if (precision !== 8) throw corrupt("jpeg", `it has ${precision} bits per sample`);
  if (width === 0 || height === 0) throw corrupt("jpeg", `its size is ${width}×${height}`);
  if (components < 1 || components > 4) throw corrupt("jpeg", `${components} components`);
  if (reader.u16(offset) !== 8 + 3 * components)
    throw corrupt("jpeg", "its frame header has a wrong length");
  return { width, height };
}

/** Number of bytes that are searched one by one before the native search is used. */
const NEAR_BYTES = 64;

/**
 * Offset of the first marker after the entropy-coded data that begins at `start`. The native search
 * is many times faster over long runs, but one call costs as much as about 50 bytes, and a hostile
 * file may consist of stuffed bytes only. So the nearest bytes are searched without it.
 */
function endOfScan(bytes: Uint8Array, start: number): number {
  let offset = start;
  for (;;) {
    const near = Math.min(offset + NEAR_BYTES, bytes.length);
    while (offset < near && bytes[offset] !== 0xff) offset++;
    if (offset === near) offset = bytes.indexOf(0xff, near);
    if (offset < 0 || offset + 1 >= bytes.length) {
      throw truncated("jpeg", bytes.length, bytes.length + 2);
    }
    const code = bytes[offset + 1] ?? 0;
    if (code === 0xff) offset += 1;
    else if (code === 0 || isRestart(code)) offset += 2;
    else return offset;
  }
}

function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && !NOT_FRAMES.has(marker);
}

function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
}

function hex(marker: number): string {
  return `0x${marker.toString(16).padStart(2, "0")}`;
}
