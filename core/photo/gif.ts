/**
 * Checks the structure of a GIF file: its blocks from the logical screen to the trailer (GIF89a).
 */
import type { Steps } from "../steps.js";
import { ByteReader } from "./byte-reader.js";
import { corrupt, isDamage } from "./format.js";
import { type PhotoLimits, requireFrames, requireMaxSize, requireSize } from "./limits.js";
import { PartCounter } from "./part-counter.js";
import type { PhotoStructure } from "./structure.js";
import { requireTaken } from "./taken.js";

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
/** Signature and logical screen descriptor. */
const HEADER_BYTES = 13;
const IMAGE_DESCRIPTOR_BYTES = 10;
/** After these a check lets others run. */
const BLOCKS_OF_A_STEP = 4096;
const BYTES_OF_A_STEP = 4096;

/**
 * See StructureCheck. The size is that of the logical screen, or of the first frame where that
 * reaches further, as in browsers. Bytes after the trailer are allowed, and so are a missing
 * trailer and damage after the first frame.
 */
export function* inspectGif(bytes: Uint8Array, limits: PhotoLimits): Steps<PhotoStructure> {
  const reader = new ByteReader(bytes, "gif", "little");
  if (!/^GIF8[79]a$/.test(reader.tag(0, 6))) throw corrupt("gif", "no signature");
  let width = reader.u16(6);
  let height = reader.u16(8);
  if (width > 0 && height > 0) requireMaxSize(limits, width, height);

  let first: Frame | undefined;
  let frames = 0;
  let offset = HEADER_BYTES + colorTableBytes(reader.u8(10));
  const parts = new PartCounter("gif");
  try {
    for (;;) {
      const block = reader.u8(offset);
      if (block === TRAILER) break;
      if (block === EXTENSION) {
        if (parts.next()) yield;
        offset = yield* endOfSubBlocks(reader, offset + 2);
      } else if (block === IMAGE) {
        const frame = imageDescriptor(reader, offset);
        requireMaxSize(limits, frame.width, frame.height);
        requireFrames(limits, frames + 1);
        offset = yield* endOfSubBlocks(reader, frame.dataStart, { mayEndWithFile: true });
        first ??= frame;
        frames += 1;
      } else if (!first) {
        throw corrupt("gif", `no block at byte ${offset}`);
      } else {
        // Decoders skip what is no block: some writers put zeros before the trailer.
        offset += 1;
        if (offset % BYTES_OF_A_STEP === 0) yield;
      }
    }
  } catch (error) {
    // Only the first frame is used: a cut or broken later one, or a lost trailer, harms nothing.
    if (!first || !isDamage(error)) throw error;
  }
  if (!first) throw corrupt("gif", "it holds no image");
  requireTaken("gif", { coding: "LZW", bits: 8, color: "palette" });
  width = Math.max(width, first.left + first.width);
  height = Math.max(height, first.top + first.height);
  requireSize(limits, width, height);
  return {
    ...{ widthPixels: width, heightPixels: height, frames, orientation: 1 },
    ...coveredPart(first, width, height),
  };
}

/** The part of the screen that a frame on it covers, where it is not all of it. */
function coveredPart({ left, top, ...size }: Frame, width: number, height: number) {
  if (left === 0 && top === 0 && size.width === width && size.height === height) return {};
  return { covered: { left, top, width: size.width, height: size.height } };
}

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Offset of the first sub-block of its pixels. */
  readonly dataStart: number;
}

/**
 * Where the image descriptor at `offset` places its frame on the screen, and where its data begins.
 */
function imageDescriptor(reader: ByteReader, offset: number): Frame {
  const width = reader.u16(offset + 5);
  const height = reader.u16(offset + 7);
  if (width === 0 || height === 0) throw corrupt("gif", `a frame of ${width}×${height}`);
  const codeSizeAt = offset + IMAGE_DESCRIPTOR_BYTES + colorTableBytes(reader.u8(offset + 9));
  const codeSize = reader.u8(codeSizeAt);
  if (codeSize < 1 || codeSize > 11) throw corrupt("gif", `LZW code size ${codeSize}`);
  return {
    width,
    height,
    left: reader.u16(offset + 1),
    top: reader.u16(offset + 3),
    dataStart: codeSizeAt + 1,
  };
}

/** Bytes of the color table that a packed field announces. */
function colorTableBytes(packed: number): number {
  return packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0;
}

/**
 * Offset after the chain of sub-blocks at `offset`. Each sub-block begins with its length; length 0
 * ends the chain. Behind pixels the file may end in its place.
 */
function* endOfSubBlocks(
  reader: ByteReader,
  offset: number,
  { mayEndWithFile = false } = {},
): Steps<number> {
  let at = offset;
  for (let blocks = 1; ; blocks++) {
    if (mayEndWithFile && blocks > 1 && at === reader.length) return at;
    const length = reader.u8(at);
    at += 1 + length;
    if (length === 0) return at;
    if (blocks % BLOCKS_OF_A_STEP === 0) yield;
  }
}
