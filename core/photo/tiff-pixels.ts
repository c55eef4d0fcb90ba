/**
 * Tells whether the strips and tiles of a TIFF's first page hold all their pixels. Only codings are
 * read of which libtiff says a warning where pixels are missing: JPEG, which it leaves gray, and
 * PackBits, which it leaves as it is. Of the others it gives an error.
 */
import { jpegPixels } from "./jpeg-pixels.js";
import type { PixelState } from "./pixel-state.js";
import {
  type DirectoryEntry,
  directoryEntries,
  openTiff,
  readValue,
  TAG,
  type TiffReader,
} from "./tiff-directory.js";

const JPEG = 7;
const PACKBITS = 32773;
const WHOLE: PixelState = { state: "whole" };

/** The state of the first page of `bytes`, whose structure inspectTiff has found sound. */
export function tiffPixels(bytes: Uint8Array): PixelState {
  const { reader, firstDirectory } = openTiff(bytes);
  const fields = new Map<number, DirectoryEntry>();
  for (const entry of directoryEntries(reader, firstDirectory)) {
    if (!fields.has(entry.tag)) fields.set(entry.tag, entry);
  }
  const value = (tag: number, otherwise: number) => {
    const entry = fields.get(tag);
    return (entry && readValue(reader, entry)) ?? otherwise;
  };
  const compression = value(TAG.compression, 1);
  if (compression !== JPEG && compression !== PACKBITS) return WHOLE;

  const tables = fields.get(TAG.jpegTables);
  const jpegTables = tables
    ? bytes.subarray(tables.offset, tables.offset + tables.byteLength)
    : new Uint8Array();
  const partBytes = decodedBytes(value);
  for (const [index, data] of parts(reader, fields).entries()) {
    const state =
      compression === JPEG
        ? jpegPixels(joined(jpegTables, data))
        : packedState(data, partBytes(index));
    if (state.state === "cut" || state.state === "damaged") {
      return { ...state, fault: `strip or tile ${index}: ${state.fault}` };
    }
  }
  return WHOLE;
}

/** The data of each strip or tile; without byte counts, up to the end of the file. */
function parts(reader: TiffReader, fields: ReadonlyMap<number, DirectoryEntry>): Uint8Array[] {
  const tiled = fields.has(TAG.tileOffsets);
  const offsets = fields.get(tiled ? TAG.tileOffsets : TAG.stripOffsets);
  const counts = fields.get(tiled ? TAG.tileByteCounts : TAG.stripByteCounts);
  return Array.from({ length: offsets?.count ?? 0 }, (_, index) => {
    const start = (offsets && readValue(reader, offsets, index)) ?? 0;
    const count = counts && readValue(reader, counts, index);
    return reader.bytes.subarray(start, count === undefined ? reader.length : start + count);
  });
}

/** Bytes of strip or tile `index` when it is decoded; a last strip has the rows that are left. */
function decodedBytes(value: (tag: number, otherwise: number) => number) {
  const [width, height] = [value(TAG.imageWidth, 0), value(TAG.imageLength, 0)];
  const isPlanar = value(TAG.planarConfiguration, 1) === 2;
  const channels = isPlanar ? 1 : value(TAG.samplesPerPixel, 1);
  const bits = value(TAG.bitsPerSample, 1);
  const rowBytes = (columns: number) => Math.ceil((columns * channels * bits) / 8);
  const tileWidth = value(TAG.tileWidth, 0);
  if (tileWidth > 0) return () => rowBytes(tileWidth) * value(TAG.tileLength, 0);
  const rows = Math.min(height, value(TAG.rowsPerStrip, height));
  const strips = Math.ceil(height / rows);
  return (index: number) => rowBytes(width) * Math.min(rows, height - (index % strips) * rows);
}

/** The JPEG of a strip with the tables that all strips share in front of its own segments. */
function joined(tables: Uint8Array, data: Uint8Array): Uint8Array {
  if (tables.length < 4) return data;
  const whole = new Uint8Array(tables.length - 2 + data.length - 2);
  whole.set(tables.subarray(0, -2));
  whole.set(data.subarray(2), tables.length - 2);
  return whole;
}

/** Steps over the runs of PackBits (TIFF 6.0, section 9). */
function packedState(data: Uint8Array, neededBytes: number): PixelState {
  let unpacked = 0;
  for (let at = 0; at < data.length && unpacked < neededBytes; ) {
    const code = data[at] ?? 0;
    at += code < 128 ? code + 2 : code > 128 ? 2 : 1;
    unpacked += code < 128 ? code + 1 : code > 128 ? 257 - code : 0;
  }
  if (unpacked === neededBytes) return WHOLE;
  const fault = `it has ${unpacked} of ${neededBytes} bytes`;
  return { state: unpacked < neededBytes ? "cut" : "damaged", fault };
}
