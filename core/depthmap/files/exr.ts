/**
 * OpenEXR files ("OpenEXR File Layout", 2013) as depth maps: the header with its channels and
 * chunks, and one part of scan lines, uncompressed or deflated.
 */
import type { Size } from "../../geometry/size.js";
import { depthChannel, type ExrChannel } from "./exr-channels.js";
import {
  MapReader,
  type MapSamples,
  mapCorrupt,
  mapFault,
  SAMPLE_BYTES,
  type SampleType,
} from "./samples.js";

/**
 * Inflates a zlib stream that must give `expectedBytes`. Any error that it throws means a corrupt
 * file.
 */
export type Inflate = (deflated: Uint8Array, expectedBytes: number) => Uint8Array;

/**
 * Checks that all chunks lie inside the file, and returns its size. Throws IMAGE_TRUNCATED,
 * IMAGE_CORRUPT or IMAGE_UNSUPPORTED_FORMAT.
 */
export function inspectExr(bytes: Uint8Array): Size {
  const header = readExrHeader(new MapReader(bytes));
  depthChannel(header.channels);
  const reader = new MapReader(bytes);
  for (let chunk = 0; chunk < chunkCount(header); chunk++) chunkAt(reader, header, chunk);
  const { width, height } = pictureOf(header);
  return { width, height };
}

/** See `inspectExr`. */
export function readExr(bytes: Uint8Array, inflate: Inflate): MapSamples {
  const reader = new MapReader(bytes);
  const header = readExrHeader(reader);
  const { width, height, channels, linesPerChunk } = header;
  const channel = depthChannel(header.channels);
  const lineBytes = bytesPerLine(header, channels);
  const before = bytesPerLine(header, channels.slice(0, channels.indexOf(channel)));
  const values = new Float32Array(width * height);
  for (let chunk = 0; chunk < chunkCount(header); chunk++) {
    const { firstLine, data } = chunkAt(reader, header, chunk);
    const lines = Math.min(linesPerChunk, height - firstLine);
    const plain = new MapReader(unpack(data, lines * lineBytes, header, inflate));
    for (let line = 0; line < lines; line++) {
      const offset = line * lineBytes + before;
      const at = (firstLine + line) * width;
      plain.copySamples(channel.type, true, offset, width, values, at);
    }
  }
  return cropped({ values, width, height }, pictureOf(header), header);
}

/**
 * The window that is shown, where the samples reach beyond it on all sides that they do not share,
 * as those of a rendering with overscan do; else that of the samples, because programs that render
 * a part of a picture leave the other window as it was.
 */
function pictureOf({ left, top, width, height, display }: ExrHeader): Window {
  const isInside =
    display !== undefined &&
    display.left >= left &&
    display.top >= top &&
    display.left + display.width <= left + width &&
    display.top + display.height <= top + height;
  return isInside ? display : { left, top, width, height };
}

function cropped(samples: MapSamples, picture: Window, { left, top }: Window): MapSamples {
  const { width, height } = picture;
  if (width === samples.width && height === samples.height) return samples;
  const values = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (picture.top - top + y) * samples.width + picture.left - left;
    values.set(samples.values.subarray(start, start + width), y * width);
  }
  return { values, width, height };
}

function bytesPerLine({ width }: ExrHeader, channels: readonly ExrChannel[]): number {
  return channels.reduce((sum, { type }) => sum + width * SAMPLE_BYTES[type], 0);
}

const chunkCount = ({ height, linesPerChunk }: ExrHeader) => Math.ceil(height / linesPerChunk);

function chunkAt(reader: MapReader, header: ExrHeader, chunk: number) {
  const entry = header.tableStart + 8 * chunk;
  reader.require(entry, 8);
  // Offsets above 2^53 are rounded; they are far past the end of any file anyway.
  const offset =
    reader.view.getUint32(entry, true) + 2 ** 32 * reader.view.getUint32(entry + 4, true);
  reader.require(offset, 8);
  const firstLine = reader.view.getInt32(offset, true) - header.top;
  const bytes = reader.view.getUint32(offset + 4, true);
  reader.require(offset + 8, bytes);
  if (firstLine < 0 || firstLine >= header.height || firstLine % header.linesPerChunk !== 0) {
    throw mapCorrupt("a chunk lies outside its picture");
  }
  return { firstLine, data: reader.bytes.subarray(offset + 8, offset + 8 + bytes) };
}

function unpack(
  data: Uint8Array,
  expectedBytes: number,
  { compressed }: ExrHeader,
  inflate: Inflate,
): Uint8Array {
  // A chunk that compression would not make smaller is stored uncompressed.
  if (!compressed || data.length === expectedBytes) return data;
  let packed: Uint8Array;
  try {
    packed = inflate(data, expectedBytes);
  } catch {
    throw mapCorrupt("a chunk cannot be inflated");
  }
  if (packed.length !== expectedBytes)
    throw mapCorrupt("a chunk has another length than its lines");
  return woven(summed(packed));
}

/** Each byte was stored as its difference from the one before, plus 128. */
function summed(bytes: Uint8Array): Uint8Array {
  const result = bytes.slice();
  for (let i = 1; i < result.length; i++) {
    result[i] = (result[i - 1] ?? 0) + (result[i] ?? 0) - 128;
  }
  return result;
}

/** The first half holds the even bytes, the second the odd ones. */
function woven(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length);
  const half = Math.ceil(bytes.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    result[i] = bytes[(i >> 1) + (i & 1 ? half : 0)] ?? 0;
  }
  return result;
}

export const EXR_SIGNATURE = "\x76\x2f\x31\x01";

/** A rectangle of pixels in the coordinates of the file, which may begin below 0. */
interface Window extends Size {
  readonly left: number;
  readonly top: number;
}

/** The window is that of the samples. */
export interface ExrHeader extends Window {
  /** What is shown of it, where the file says so. */
  readonly display: Window | undefined;
  /** In their order within a line. */
  readonly channels: readonly ExrChannel[];
  readonly compressed: boolean;
  readonly linesPerChunk: number;
  /** Offset of the table of chunk offsets. */
  readonly tableStart: number;
}

/** Version flags that are refused: tiles, deep data and several parts. */
const OTHER_LAYOUTS = 0x200 | 0x800 | 0x1000;

/** Lines per chunk, by the number of the compression: none, ZIPS, ZIP. */
const LINES_PER_CHUNK: Readonly<Record<number, number>> = { 0: 1, 2: 1, 3: 16 };

const SAMPLE_TYPES: readonly SampleType[] = ["u4", "f2", "f4"];
const MAX_NAME_BYTES = 255;
const MAX_CHANNELS = 1024;

/**
 * Throws IMAGE_TRUNCATED, IMAGE_CORRUPT, or IMAGE_UNSUPPORTED_FORMAT for layouts and compressions
 * beyond those named.
 */
export function readExrHeader(reader: MapReader): ExrHeader {
  if (reader.text(0, 4) !== EXR_SIGNATURE) throw mapCorrupt("it is not an OpenEXR file");
  reader.require(4, 4);
  if (reader.view.getUint32(4, true) & OTHER_LAYOUTS) {
    throw mapFault(
      "IMAGE_UNSUPPORTED_FORMAT",
      "is an OpenEXR of tiles, deep data or several parts",
    );
  }
  let channels: readonly ExrChannel[] | undefined;
  let compression: number | undefined;
  let window: Window | undefined;
  let display: Window | undefined;
  let at = 8;
  for (;;) {
    const name = textAt(reader, at);
    at += name.length + 1;
    if (name === "") break;
    const type = textAt(reader, at);
    at += type.length + 1;
    reader.require(at, 4);
    const bytes = reader.view.getUint32(at, true);
    at += 4;
    reader.require(at, bytes);
    if (name === "channels") channels = channelList(reader, at, at + bytes);
    if (name === "compression" && bytes >= 1) compression = reader.view.getUint8(at);
    if (name === "dataWindow" && bytes >= 16) window = windowAt(reader, at);
    if (name === "displayWindow" && bytes >= 16) display = windowAt(reader, at);
    at += bytes;
  }
  if (!channels || compression === undefined || !window) {
    throw mapCorrupt("its OpenEXR header lacks channels, compression or window");
  }
  const linesPerChunk = LINES_PER_CHUNK[compression];
  if (linesPerChunk === undefined) {
    throw mapFault(
      "IMAGE_UNSUPPORTED_FORMAT",
      `is an OpenEXR of compression ${compression}; it must be none, ZIPS or ZIP`,
    );
  }
  return {
    ...window,
    display,
    channels,
    compressed: compression !== 0,
    linesPerChunk,
    tableStart: at,
  };
}

function textAt(reader: MapReader, start: number): string {
  const limit = Math.min(reader.bytes.length, start + MAX_NAME_BYTES + 1);
  const end = reader.bytes.subarray(start, limit).indexOf(0);
  if (end >= 0) return reader.text(start, start + end);
  reader.require(start, MAX_NAME_BYTES + 1);
  throw mapCorrupt("a name in its OpenEXR header does not end");
}

function windowAt({ view }: MapReader, at: number): Window {
  const [left, top] = [view.getInt32(at, true), view.getInt32(at + 4, true)];
  const width = view.getInt32(at + 8, true) - left + 1;
  const height = view.getInt32(at + 12, true) - top + 1;
  if (width < 1 || height < 1) throw mapCorrupt(`its size is ${width}×${height}`);
  return { width, height, left, top };
}

function channelList(reader: MapReader, start: number, end: number): ExrChannel[] {
  const channels: ExrChannel[] = [];
  let at = start;
  for (;;) {
    if (at >= end) throw mapCorrupt("its list of channels does not end");
    const name = textAt(reader, at);
    at += name.length + 1;
    if (name === "") return channels;
    reader.require(at, 16);
    const type = SAMPLE_TYPES[reader.view.getUint32(at, true)];
    const sampling = [reader.view.getInt32(at + 8, true), reader.view.getInt32(at + 12, true)];
    if (!type) throw mapCorrupt("a channel has an unknown type");
    if (sampling.some((step) => step !== 1)) {
      throw mapFault("IMAGE_UNSUPPORTED_FORMAT", "is an OpenEXR with subsampled channels");
    }
    if (channels.push({ name, type }) > MAX_CHANNELS) throw mapCorrupt("it has too many channels");
    at += 16;
  }
}
