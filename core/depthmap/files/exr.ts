/** OpenEXR ("OpenEXR File Layout", 2013): one part of scan lines, uncompressed or deflated. */
import type { Size } from "../../geometry/size.js";
import { type ExrChannel, type ExrHeader, readExrHeader } from "./exr-header.js";
import { mapCorrupt, mapFault } from "./fault.js";
import { MapReader, type MapSamples, SAMPLE_BYTES } from "./samples.js";

/** Inflate a zlib stream that must give `expectedBytes`. What it throws counts as corruption. */
export type Inflate = (deflated: Uint8Array, expectedBytes: number) => Uint8Array;

/** The channels that hold a depth, most telling first. */
const DEPTH_CHANNELS = ["Z", "depth.Z", "Depth.Z", "D", "depth", "disparity", "Y", "V", "R"];

/** Size of a file whose chunks all lie inside it. Throws IMAGE_TRUNCATED, IMAGE_CORRUPT or IMAGE_UNSUPPORTED_FORMAT. */
export function inspectExr(bytes: Uint8Array): Size {
  const header = readExrHeader(new MapReader(bytes));
  depthChannel(header);
  const reader = new MapReader(bytes);
  for (let chunk = 0; chunk < chunkCount(header); chunk++) chunkAt(reader, header, chunk);
  return { width: header.width, height: header.height };
}

/** See `inspectExr`. */
export function readExr(bytes: Uint8Array, inflate: Inflate): MapSamples {
  const reader = new MapReader(bytes);
  const header = readExrHeader(reader);
  const { width, height, channels, linesPerChunk } = header;
  const channel = depthChannel(header);
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
  return { values, width, height };
}

function depthChannel({ channels }: ExrHeader): ExrChannel {
  for (const name of DEPTH_CHANNELS) {
    const found = channels.find((channel) => channel.name === name);
    if (found) return found;
  }
  const [only, ...others] = channels;
  if (only && others.length === 0) return only;
  throw mapFault(
    "IMAGE_UNSUPPORTED_FORMAT",
    `is an OpenEXR without a channel of depth; one of ${DEPTH_CHANNELS.join(", ")} is looked for`,
  );
}

function bytesPerLine({ width }: ExrHeader, channels: readonly ExrChannel[]): number {
  return channels.reduce((sum, { type }) => sum + width * SAMPLE_BYTES[type], 0);
}

const chunkCount = ({ height, linesPerChunk }: ExrHeader) => Math.ceil(height / linesPerChunk);

function chunkAt(reader: MapReader, header: ExrHeader, chunk: number) {
  const entry = header.tableStart + 8 * chunk;
  reader.require(entry, 8);
  // Above 2^53 the offset is rounded: still far past the end of any file.
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
  // A chunk that would not get smaller is stored as it is.
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
