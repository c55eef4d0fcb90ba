/** The header of an OpenEXR file: what its channels are and where its chunks begin. */
import type { Size } from "../../geometry/size.js";
import { mapCorrupt, mapFault } from "./fault.js";
import type { MapReader, SampleType } from "./samples.js";

export const EXR_SIGNATURE = "\x76\x2f\x31\x01";

export interface ExrChannel {
  readonly name: string;
  readonly type: SampleType;
}

export interface ExrHeader extends Size {
  /** In the order in which a line holds them. */
  readonly channels: readonly ExrChannel[];
  /** Number of the picture's first line. */
  readonly top: number;
  readonly compressed: boolean;
  readonly linesPerChunk: number;
  /** Where the offsets of the chunks stand. */
  readonly tableStart: number;
}

/** Tiles, deep data and several parts. */
const OTHER_LAYOUTS = 0x200 | 0x800 | 0x1000;

/** Lines a chunk by the number of the compression: none, ZIPS, ZIP. */
const LINES_PER_CHUNK: Readonly<Record<number, number>> = { 0: 1, 2: 1, 3: 16 };

const SAMPLE_TYPES: readonly SampleType[] = ["u4", "f2", "f4"];
const MAX_NAME_BYTES = 255;
const MAX_CHANNELS = 1024;

/** Throws IMAGE_TRUNCATED, IMAGE_CORRUPT, or IMAGE_UNSUPPORTED_FORMAT for layouts and compressions beyond those named. */
export function readExrHeader(reader: MapReader): ExrHeader {
  if (reader.text(0, 4) !== EXR_SIGNATURE) throw mapCorrupt("it is no OpenEXR");
  reader.require(4, 4);
  if (reader.view.getUint32(4, true) & OTHER_LAYOUTS) {
    throw mapFault(
      "IMAGE_UNSUPPORTED_FORMAT",
      "is an OpenEXR of tiles, deep data or several parts",
    );
  }
  let channels: readonly ExrChannel[] | undefined;
  let compression: number | undefined;
  let window: (Size & { readonly top: number }) | undefined;
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
    if (name === "dataWindow" && bytes >= 16) window = dataWindow(reader, at);
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
  return { ...window, channels, compressed: compression !== 0, linesPerChunk, tableStart: at };
}

function textAt(reader: MapReader, start: number): string {
  const limit = Math.min(reader.bytes.length, start + MAX_NAME_BYTES + 1);
  const end = reader.bytes.subarray(start, limit).indexOf(0);
  if (end >= 0) return reader.text(start, start + end);
  reader.require(start, MAX_NAME_BYTES + 1);
  throw mapCorrupt("a name in its OpenEXR header does not end");
}

function dataWindow({ view }: MapReader, at: number): Size & { readonly top: number } {
  const [left, top] = [view.getInt32(at, true), view.getInt32(at + 4, true)];
  const width = view.getInt32(at + 8, true) - left + 1;
  const height = view.getInt32(at + 12, true) - top + 1;
  if (width < 1 || height < 1) throw mapCorrupt(`its size is ${width}×${height}`);
  return { width, height, top };
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
    if (!type) throw mapCorrupt("a channel has no type that there is");
    if (sampling.some((step) => step !== 1)) {
      throw mapFault("IMAGE_UNSUPPORTED_FORMAT", "is an OpenEXR with subsampled channels");
    }
    if (channels.push({ name, type }) > MAX_CHANNELS) throw mapCorrupt("it has too many channels");
    at += 16;
  }
}
