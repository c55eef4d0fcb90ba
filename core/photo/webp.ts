/** Checks the structure of a WebP file: the RIFF chunks of still and animated images (RFC 9649). */
import type { Steps } from "../steps.js";
import { ByteReader } from "./byte-reader.js";
import { exifOrientation, type Orientation } from "./exif.js";
import { corrupt, isDamage } from "./format.js";
import { type PhotoLimits, requireFrames, requireMaxSize, requireSize } from "./limits.js";
import { PartCounter } from "./part-counter.js";
import type { PhotoStructure, Rectangle } from "./structure.js";
import { requireTaken } from "./taken.js";

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const FRAME_HEADER_BYTES = 16;
const FLAG_ANIMATION = 0x02;
const FLAG_EXIF = 0x08;

interface Chunk {
  readonly type: string;
  /** Offset of the first byte of its data. */
  readonly data: number;
  /** Offset after its data, without padding. */
  readonly end: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * See StructureCheck. Bytes after the RIFF chunk are allowed, and so is damage after the first
 * picture, such as a cut later frame or a length that the writer got wrong. EXIF counts where the
 * header announces it.
 */
export function* inspectWebp(bytes: Uint8Array, limits: PhotoLimits): Steps<PhotoStructure> {
  const reader = new ByteReader(bytes, "webp", "little");
  if (reader.tag(0, 4) !== "RIFF" || reader.tag(8, 4) !== "WEBP") {
    throw corrupt("webp", "it has no RIFF header");
  }
  const first = reader.tag(RIFF_HEADER_BYTES, 4);
  const extended = first === "VP8X";
  const canvas = extended
    ? extendedSize(reader, RIFF_HEADER_BYTES + CHUNK_HEADER_BYTES)
    : bitstreamSize(reader, first, RIFF_HEADER_BYTES + CHUNK_HEADER_BYTES);
  requireSize(limits, canvas.width, canvas.height);
  const flags = extended ? reader.u8(RIFF_HEADER_BYTES + CHUNK_HEADER_BYTES) : 0;
  const animated = (flags & FLAG_ANIMATION) !== 0;

  const end = 8 + reader.u32(4);
  let images = 0;
  let frames = 0;
  let hasLoop = false;
  let firstFrame: Rectangle | undefined;
  let orientation: Orientation | undefined;
  const parts = new PartCounter("webp");
  try {
    for (const chunk of chunks(reader, RIFF_HEADER_BYTES, Math.min(end, reader.length))) {
      if (parts.next()) yield;
      if (isBitstream(chunk.type)) {
        const size = bitstreamSize(reader, chunk.type, chunk.data);
        requireTaken("webp", { coding: CODINGS[chunk.type] ?? "", bits: 8, color: "color" });
        requireMaxSize(limits, size.width, size.height);
        if (!animated && images === 0) requireWhole(size, canvas);
        images++;
      } else if (chunk.type === "ANIM") hasLoop = true;
      else if (chunk.type === "ANMF") {
        const frame = inspectFrame(reader, chunk, canvas, parts);
        requireFrames(limits, ++frames);
        firstFrame ??= frame;
      } else if (chunk.type === "EXIF" && (flags & FLAG_EXIF) !== 0) {
        orientation ??= exifOrientation(reader.slice(chunk.data, chunk.end));
      }
    }
  } catch (error) {
    // Only the first picture is used: what is behind it may be damaged, or missing.
    const isUsable = animated ? frames > 0 : images > 0;
    if (!isDamage(error)) throw error;
    if (!isUsable) reader.require(0, end);
    if (!isUsable) throw error;
  }
  if (animated ? frames === 0 : images === 0) {
    reader.require(0, end);
    throw corrupt("webp", "it holds no image");
  }
  if (!animated && images > 1) throw corrupt("webp", "it holds two still images");
  if (animated && !hasLoop) throw corrupt("webp", "an animation without its ANIM chunk");
  return {
    widthPixels: canvas.width,
    heightPixels: canvas.height,
    frames: animated ? frames : 1,
    orientation: orientation ?? 1,
    ...(firstFrame && !isSameSize(firstFrame, canvas) && { covered: firstFrame }),
  };
}

/** A still picture is as large as the header says. */
function requireWhole(size: Size, canvas: Size): void {
  if (isSameSize(size, canvas)) return;
  const fault = `its image has ${size.width}×${size.height} of ${canvas.width}×${canvas.height}`;
  throw corrupt("webp", fault);
}

function isSameSize(frame: Size, canvas: Size): boolean {
  return frame.width === canvas.width && frame.height === canvas.height;
}

/** The chunks in [start, end) of the file. */
function* chunks(reader: ByteReader, start: number, end: number): Generator<Chunk> {
  let offset = start;
  while (offset < end) {
    if (offset + CHUNK_HEADER_BYTES > end)
      throw corrupt("webp", `there is no chunk at byte ${offset}`);
    const type = reader.tag(offset, 4);
    const length = reader.u32(offset + 4);
    const data = offset + CHUNK_HEADER_BYTES;
    if (data + length > end) throw corrupt("webp", `chunk at byte ${offset} passes its container`);
    yield { type, data, end: data + length };
    offset = data + length + (length % 2);
  }
}

/** A frame of an animation must lie on the canvas and hold one image that fills it. */
function inspectFrame(
  reader: ByteReader,
  frame: Chunk,
  canvas: Size,
  parts: PartCounter,
): Rectangle {
  const images = frame.data + FRAME_HEADER_BYTES;
  if (images > frame.end) throw corrupt("webp", "a frame has no header");
  const left = reader.u24(frame.data) * 2;
  const top = reader.u24(frame.data + 3) * 2;
  const width = reader.u24(frame.data + 6) + 1;
  const height = reader.u24(frame.data + 9) + 1;
  if (left + width > canvas.width || top + height > canvas.height) {
    throw corrupt("webp", "a frame lies outside the canvas");
  }
  for (const chunk of chunks(reader, images, frame.end)) {
    parts.next();
    if (!isBitstream(chunk.type)) continue;
    const size = bitstreamSize(reader, chunk.type, chunk.data);
    if (size.width !== width || size.height !== height) {
      throw corrupt("webp", "a frame's image has another size than the frame");
    }
    return { left, top, width, height };
  }
  throw corrupt("webp", "a frame has no image");
}

/** Codings by the type of the chunk that holds the image. */
const CODINGS: Readonly<Record<string, string>> = { "VP8 ": "lossy", VP8L: "lossless" };

function isBitstream(type: string): boolean {
  return CODINGS[type] !== undefined;
}

/** The size from the VP8X data at `data`. */
function extendedSize(reader: ByteReader, data: number): Size {
  if (reader.u32(data - 4) < 10) throw corrupt("webp", "its extended header has a wrong length");
  return { width: reader.u24(data + 4) + 1, height: reader.u24(data + 7) + 1 };
}

/** The size from the first bytes of a lossy (RFC 6386, 9.1) or lossless bitstream at `data`. */
function bitstreamSize(reader: ByteReader, type: string, data: number): Size {
  if (type === "VP8 ") {
    const interFrame = reader.u8(data) & 1;
    if (interFrame || reader.u24(data + 3) !== 0x2a019d) throw corrupt("webp", "VP8 signature");
    return positive(reader.u16(data + 6) & 0x3fff, reader.u16(data + 8) & 0x3fff);
  }
  if (type === "VP8L") {
    const bits = reader.u32(data + 1);
    if (reader.u8(data) !== 0x2f || bits >>> 29 !== 0) throw corrupt("webp", "VP8L signature");
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  throw corrupt("webp", "it does not begin with an image");
}

function positive(width: number, height: number): Size {
  if (width === 0 || height === 0) throw corrupt("webp", `its size is ${width}×${height}`);
  return { width, height };
}
