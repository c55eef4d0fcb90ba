/** Checks the structure of a JPEG file: its markers from SOI to EOI (ITU-T T.81, annex B). */
import type { Steps } from "../steps.js";
import { ByteReader } from "./byte-reader.js";
import { exifOrientation, isExif, type Orientation } from "./exif.js";
import { corrupt, truncated } from "./format.js";
import { type PhotoLimits, requireSize } from "./limits.js";
import { PartCounter } from "./part-counter.js";
import type { PhotoStructure } from "./structure.js";
import { requireTaken } from "./taken.js";

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;
const TEM = 0x01;

/** The coding processes by their frame header (SOF), in words of the table of what is taken. */
const CODINGS: Readonly<Record<number, string>> = {
  192: "baseline",
  193: "extended",
  194: "progressive",
  195: "lossless",
  197: "hierarchical",
  198: "hierarchical",
  199: "hierarchical",
  201: "arithmetic",
  202: "progressive arithmetic",
  203: "lossless",
  205: "hierarchical",
  206: "hierarchical",
  207: "hierarchical",
  247: "JPEG-LS",
};
const COLORS: Readonly<Record<number, string>> = {
  1: "gray",
  3: "YCbCr or RGB",
  4: "CMYK or YCCK",
};

/**
 * A decoder's work is pixels × scans. Encoders write about ten scans; a file with many more is
 * meant to block it.
 */
const MAX_SCANS = 100;

/**
 * See StructureCheck. Bytes after EOI are allowed: phones append previews and video there. Stray
 * bytes before a marker are skipped, as decoders do. A height of 0 (left to a DNL marker) is
 * IMAGE_CORRUPT, as decoders do not read it.
 *
 * EOI may be missing where something else follows the picture, such as a phone's trailer; a file
 * that simply ends after its data is IMAGE_TRUNCATED.
 */
export function* inspectJpeg(bytes: Uint8Array, limits: PhotoLimits): Steps<PhotoStructure> {
  const reader = new ByteReader(bytes, "jpeg", "big");
  if (reader.u16(0) !== 0xff00 + SOI) throw corrupt("jpeg", "it has no start marker");
  const parts = new PartCounter("jpeg");
  let frame: Frame | undefined;
  let orientation: Orientation | undefined;
  let scans = 0;
  // One scan with all components completes the picture: what follows is for others.
  let isComplete = false;
  for (let offset = 2; !isComplete; ) {
    if (parts.next()) yield;
    const code = yield* nextMarker(bytes, offset);
    if (code === undefined) {
      if (scans > 0 && endsWithTrailer(bytes)) break;
      throw truncated("jpeg", bytes.length, bytes.length + 2);
    }
    const marker = reader.u8(code);
    offset = code + 1;
    if (marker === EOI) break;
    if (marker === TEM) continue;
    if (marker === SOI || marker < 0xc0) {
      throw corrupt("jpeg", `marker ${hex(marker)} is misplaced`);
    }

    const length = reader.u16(offset);
    if (length < 2) throw corrupt("jpeg", `segment ${hex(marker)} has ${length} bytes`);
    if (CODINGS[marker] !== undefined) {
      if (frame !== undefined) throw corrupt("jpeg", "it has two frame headers");
      frame = readFrame(reader, offset, marker);
      requireSize(limits, frame.width, frame.height);
    }
    reader.require(offset, length);
    if (marker === APP1 && orientation === undefined) {
      const payload = reader.slice(offset + 2, offset + length);
      if (isExif(payload)) orientation = exifOrientation(payload);
    }
    if (marker === SOS) {
      if (frame === undefined) throw corrupt("jpeg", "a scan comes before the frame header");
      if (++scans > MAX_SCANS) throw corrupt("jpeg", `it has more than ${MAX_SCANS} scans`);
      isComplete = !frame.progressive && reader.u8(offset + 2) === frame.components;
    }
    offset += length;
    if (isComplete && (yield* nextMarker(bytes, offset)) === undefined && !endsWithTrailer(bytes)) {
      throw truncated("jpeg", bytes.length, bytes.length + 2);
    }
  }
  if (frame === undefined || scans === 0) throw corrupt("jpeg", "it holds no image");
  return {
    widthPixels: frame.width,
    heightPixels: frame.height,
    frames: 1,
    orientation: orientation ?? 1,
  };
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly progressive: boolean;
}

/** The SOF segment whose length field is at `offset`. */
function readFrame(reader: ByteReader, offset: number, marker: number): Frame {
  const bits = reader.u8(offset + 2);
  const height = reader.u16(offset + 3);
  const width = reader.u16(offset + 5);
  const components = reader.u8(offset + 7);
  const coding = CODINGS[marker] ?? "";
  requireTaken("jpeg", { coding, bits, color: COLORS[components] ?? `${components}-channel` });
  if (width === 0 || height === 0) throw corrupt("jpeg", `its size is ${width}×${height}`);
  if (reader.u16(offset) !== 8 + 3 * components)
    throw corrupt("jpeg", "its frame header has a wrong length");
  return { width, height, components, progressive: coding.startsWith("progressive") };
}

/** What Samsung's trailer ends with. Some phones of this maker write it in place of EOI. */
const TRAILER_END = [0x53, 0x45, 0x46, 0x54];

function endsWithTrailer(bytes: Uint8Array): boolean {
  return TRAILER_END.every((byte, index) => bytes[bytes.length - 4 + index] === byte);
}

/** Number of bytes that are searched one by one before the native search is used. */
const NEAR_BYTES = 64;
/** Codes that are passed before a check lets others run. */
const CODES_OF_A_STEP = 8192;

/**
 * Offset of the code of the next marker at or after `start`, past entropy-coded data, restart
 * markers, stray bytes and fill bytes; undefined where there is none. The native search is many
 * times faster over long runs, but one call costs as much as about 50 bytes, and a hostile file may
 * consist of stuffed bytes only. So the nearest bytes are searched without it.
 */
function* nextMarker(bytes: Uint8Array, start: number): Steps<number | undefined> {
  let offset = start;
  for (let codes = 1; ; codes++) {
    if (codes % CODES_OF_A_STEP === 0) yield;
    const near = Math.min(offset + NEAR_BYTES, bytes.length);
    while (offset < near && bytes[offset] !== 0xff) offset++;
    if (offset === near) offset = bytes.indexOf(0xff, near);
    if (offset < 0 || offset + 1 >= bytes.length) return undefined;
    const code = bytes[offset + 1] ?? 0;
    if (code === 0xff) offset += 1;
    else if (code === 0 || isRestart(code)) offset += 2;
    else return offset + 1;
  }
}

function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
}

function hex(marker: number): string {
  return `0x${marker.toString(16).padStart(2, "0")}`;
}
