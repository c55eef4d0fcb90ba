/**
 * Checks the structure of a GIF file: its blocks from the logical screen to the trailer (GIF89a).
 */
import { ByteReader } from "./byte-reader.js";
import { corrupt } from "./format.js";
import { type PhotoLimits, requireFrames, requireMaxSize, requireSize } from "./limits.js";
import type { PhotoStructure } from "./structure.js";

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
/** Signature and logical screen descriptor. */
const HEADER_BYTES = 13;
const IMAGE_DESCRIPTOR_BYTES = 10;

/**
 * See StructureCheck. The size is that of the logical screen, or of the first frame where the
 * screen is given as 0. Bytes after the trailer are allowed.
 */
export function inspectGif(bytes: Uint8Array, limits: PhotoLimits): PhotoStructure {
  const reader = new ByteReader(bytes, "gif", "little");
  if (!/^GIF8[79]a$/.test(reader.tag(0, 6))) throw corrupt("gif", "no signature");
  let width = reader.u16(6);
  let height = reader.u16(8);
  const screenGiven = width > 0 && height > 0;
  if (screenGiven) requireSize(limits, width, height);

  let frames = 0;
  let offset = HEADER_BYTES + colorTableBytes(reader.u8(10));
  for (;;) {
    const block = reader.u8(offset);
    if (block === TRAILER) break;
    if (block === EXTENSION) {
      offset = endOfSubBlocks(reader, offset + 2);
    } else if (block === IMAGE) {
      const frame = imageDescriptor(reader, offset);
      requireMaxSize(limits, frame.width, frame.height);
      if (frames === 0 && !screenGiven) {
        width = frame.right;
        height = frame.bottom;
        requireSize(limits, width, height);
      }
      requireFrames(limits, ++frames);
      offset = endOfSubBlocks(reader, frame.dataStart);
    } else {
      throw corrupt("gif", `no block at byte ${offset}`);
    }
  }
  if (frames === 0) throw corrupt("gif", "it holds no image");
  return { widthPixels: width, heightPixels: height, frames, orientation: 1 };
}

/**
 * Where the image descriptor at `offset` places its frame on the screen, and where its data begins.
 */
function imageDescriptor(reader: ByteReader, offset: number) {
  const width = reader.u16(offset + 5);
  const height = reader.u16(offset + 7);
  if (width === 0 || height === 0) throw corrupt("gif", `a frame of ${width}×${height}`);
  const codeSizeAt = offset + IMAGE_DESCRIPTOR_BYTES + colorTableBytes(reader.u8(offset + 9));
  const codeSize = reader.u8(codeSizeAt);
  if (codeSize < 1 || codeSize > 11) throw corrupt("gif", `LZW code size ${codeSize}`);
  return {
    width,
    height,
    right: reader.u16(offset + 1) + width,
    bottom: reader.u16(offset + 3) + height,
    dataStart: codeSizeAt + 1,
  };
}

/** Bytes of the color table that a packed field announces. */
function colorTableBytes(packed: number): number {
  return packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0;
}

/**
 * Offset after the chain of sub-blocks at `offset`. Each sub-block begins with its length; length 0
 * ends the chain.
 */
function endOfSubBlocks(reader: ByteReader, offset: number): number {
  let at = offset;
  for (;;) {
    const length = reader.u8(at);
    at += 1 + length;
    if (length === 0) return at;
  }
}
