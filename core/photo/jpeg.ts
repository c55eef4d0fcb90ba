/** JPEG: the markers from SOI to EOI (ITU-T T.81, annex B). */
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

/** Frame headers (SOF) that libjpeg decodes: baseline, extended, progressive, and arithmetic ones. */
const DECODABLE_FRAMES = new Set([0xc0, 0xc1, 0xc2, 0xc9, 0xca]);
/** In the range of frame headers, but Huffman tables, an extension and arithmetic conditioning. */
const NOT_FRAMES = new Set([0xc4, 0xc8, 0xcc]);

/** A decoder's work is pixels × scans; encoders write about ten, so more is meant to tie it up. */
const MAX_SCANS = 100;

/**
 * See StructureCheck. Bytes after EOI are allowed, phones append previews and video there. A height
 * of 0 (left to a DNL marker) is IMAGE_CORRUPT, as decoders do not read it.
 */
export function inspectJpeg(bytes: Uint8Array, limits: PhotoLimits): PhotoStructure {
  const reader = new ByteReader(bytes, "jpeg", "big");
  if (reader.u16(0) !== 0xff00 + SOI) throw corrupt("jpeg", "no start marker");
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
    if (length < 2) throw corrupt("jpeg", `segment ${hex(marker)} of ${length} bytes`);
    if (isFrame(marker)) {
      if (size !== undefined) throw corrupt("jpeg", "two frame headers");
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
      if (size === undefined) throw corrupt("jpeg", "a scan before the frame header");
      if (++scans > MAX_SCANS) throw corrupt("jpeg", `more than ${MAX_SCANS} scans`);
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
  if (reader.u8(offset) !== 0xff) throw corrupt("jpeg", `no marker at byte ${offset}`);
  let code = offset + 1;
  while (reader.u8(code) === 0xff) code++;
  return code;
}

/** Pixels by the SOF segment whose length field is at `offset`. */
function frameSize(reader: ByteReader, offset: number, marker: number) {
  const precision = reader.u8(offset + 2);
  const height = reader.u16(offset + 3);
  const width = reader.u16(offset + 5);
  const components = reader.u8(offset + 7);
  if (!DECODABLE_FRAMES.has(marker)) throw unsupported("a lossless or hierarchical JPEG");
  if (precision === 12) throw unsupported("a JPEG of 12 bits a sample");
  if (precision !== 8) throw corrupt("jpeg", `${precision} bits a sample`);
  if (width === 0 || height === 0) throw corrupt("jpeg", `its size is ${width}×${height}`);
  if (components < 1 || components > 4) throw corrupt("jpeg", `${components} components`);
  if (reader.u16(offset) !== 8 + 3 * components) throw corrupt("jpeg", "frame header length");
  return { width, height };
}

/** How far a stuffed 0xff is looked for byte by byte before the native search takes over. */
const NEAR_BYTES = 64;

/**
 * Offset of the first marker after the entropy-coded data that begins at `start`. A native search
 * is many times faster over long runs, but a call of it costs as much as some 50 bytes, and a
 * hostile file may be nothing but stuffed bytes: so near ones are found without it.
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
