/** Writes TIFF files: any fields, one strip or more, with the lossless codings. */
import { deflateSync } from "node:zlib";
import type { Size } from "../../core/geometry/size.js";
import { packSamples } from "./png.js";

/** TIFF types by their number. */
const SHORT = 3;
const LONG = 4;
const UNDEFINED = 7;
const LONG8 = 16;

export type TiffCoding = "uncompressed" | "LZW" | "Deflate" | "PackBits";

export const COMPRESSIONS: Readonly<Record<TiffCoding, number>> = {
  uncompressed: 1,
  LZW: 5,
  Deflate: 8,
  PackBits: 32773,
};

export interface TiffOptions extends Size {
  readonly coding?: TiffCoding;
  readonly photometric: number;
  readonly bits: number;
  readonly channels: number;
  /** 1 unsigned, 2 signed, 3 floating point. */
  readonly sampleFormat?: number;
  /** Sample `channel` of pixel (x, y): a number that fits its bits. */
  readonly sample: (x: number, y: number, channel: number) => number;
  /** RGB triples of 16 bits. */
  readonly palette?: readonly (readonly number[])[];
  /** BigTIFF, with offsets of 8 bytes. */
  readonly big?: boolean;
}

/** One strip, in big-endian order, so that samples of all sizes are packed alike. */
export function tiffFile(options: TiffOptions): Buffer {
  const { width, height, bits, channels, palette, photometric } = options;
  const { coding = "uncompressed", sampleFormat = 1 } = options;
  const rows = Array.from({ length: height }, (_, y) => tiffRow(options, y));
  const strip = encodeStrip(coding, rows);
  return tiffOfFields(
    [
      { tag: 256, type: LONG, values: [width] },
      { tag: 257, type: LONG, values: [height] },
      { tag: 258, type: SHORT, values: new Array(channels).fill(bits) },
      { tag: 259, type: SHORT, values: [COMPRESSIONS[coding]] },
      { tag: 262, type: SHORT, values: [photometric] },
      { tag: 277, type: SHORT, values: [channels] },
      { tag: 278, type: LONG, values: [height] },
      { tag: 284, type: SHORT, values: [1] },
      ...(palette ? [{ tag: 320, type: SHORT, values: paletteColumns(palette) }] : []),
      { tag: 339, type: SHORT, values: new Array(channels).fill(sampleFormat) },
    ],
    [strip],
    options.big ?? false,
  );
}

export interface TiffField {
  readonly tag: number;
  readonly type: number;
  readonly values: readonly number[];
}

/** A file of `fields` and strips; the fields of the strips' places are added. */
export function tiffOfFields(
  fields: readonly TiffField[],
  strips: readonly Uint8Array[],
  big = false,
): Buffer {
  const header = big ? 16 : 8;
  const offsets = strips.map((_, index) =>
    strips.slice(0, index).reduce((at, strip) => at + strip.length, header),
  );
  const placed = [
    ...fields,
    { tag: 273, type: big ? LONG8 : LONG, values: offsets },
    { tag: 279, type: LONG, values: strips.map((strip) => strip.length) },
  ].sort((a, b) => a.tag - b.tag);
  const data = Buffer.concat(strips);
  let at = header + data.length;
  const outside: Buffer[] = [];
  const entries = placed.map((field) => {
    const bytes = valueBytes(field);
    const inline = big ? 8 : 4;
    const entry = Buffer.alloc(inline === 8 ? 20 : 12);
    entry.writeUInt16BE(field.tag, 0);
    entry.writeUInt16BE(field.type, 2);
    if (big) entry.writeBigUInt64BE(BigInt(field.values.length), 4);
    else entry.writeUInt32BE(field.values.length, 4);
    const valueAt = entry.length - inline;
    if (bytes.length <= inline) entry.set(bytes, valueAt);
    else {
      if (big) entry.writeBigUInt64BE(BigInt(at), valueAt);
      else entry.writeUInt32BE(at, valueAt);
      outside.push(bytes);
      at += bytes.length;
    }
    return entry;
  });
  const start = Buffer.alloc(header);
  const count = Buffer.alloc(big ? 8 : 2);
  if (big) {
    start.write("MM\0+\0\x08", "latin1");
    start.writeBigUInt64BE(BigInt(at), 8);
    count.writeBigUInt64BE(BigInt(entries.length));
  } else {
    start.write("MM\0*", "latin1");
    start.writeUInt32BE(at, 4);
    count.writeUInt16BE(entries.length);
  }
  return Buffer.concat([start, data, ...outside, count, ...entries, Buffer.alloc(big ? 8 : 4)]);
}

function valueBytes({ type, values }: TiffField): Buffer {
  if (type === UNDEFINED) return Buffer.from(values);
  const size = { [SHORT]: 2, [LONG]: 4, [LONG8]: 8 }[type] ?? 1;
  const bytes = Buffer.alloc(values.length * size);
  for (const [index, value] of values.entries())
    bytes.writeUIntBE(value, index * size + Math.max(0, size - 6), Math.min(6, size));
  return bytes;
}

function tiffRow({ width, channels, bits, sampleFormat, sample }: TiffOptions, y: number): Buffer {
  const samples = Array.from({ length: width * channels }, (_, i) =>
    sample(Math.floor(i / channels), y, i % channels),
  );
  if (bits !== 32)
    return packSamples(
      samples.map((value) => value & (2 ** bits - 1)),
      bits,
    );
  const row = Buffer.alloc(4 * samples.length);
  for (const [index, value] of samples.entries()) {
    if (sampleFormat === 3) row.writeFloatBE(value, 4 * index);
    else row.writeUInt32BE(value, 4 * index);
  }
  return row;
}

export function encodeStrip(coding: TiffCoding, rows: readonly Buffer[]): Buffer {
  switch (coding) {
    case "uncompressed":
      return Buffer.concat(rows);
    case "Deflate":
      return deflateSync(Buffer.concat(rows));
    case "PackBits":
      return Buffer.concat(rows.map(packBits));
    case "LZW":
      return lzw(Buffer.concat(rows));
  }
}

/** Literal runs only, of at most 128 bytes. */
function packBits(row: Buffer): Buffer {
  const runs: Buffer[] = [];
  for (let at = 0; at < row.length; at += 128) {
    const run = row.subarray(at, at + 128);
    runs.push(Buffer.of(run.length - 1), run);
  }
  return Buffer.concat(runs);
}

/** Codes of 9 bits only: the table is cleared before it would need longer ones. */
function lzw(bytes: Buffer): Buffer {
  const [clear, end, mostLiterals] = [256, 257, 250];
  const codes: number[] = [];
  for (const [index, byte] of bytes.entries()) {
    if (index % mostLiterals === 0) codes.push(clear);
    codes.push(byte);
  }
  codes.push(end);
  const coded = Buffer.alloc(Math.ceil((codes.length * 9) / 8));
  for (const [index, code] of codes.entries()) {
    const at = Math.floor((index * 9) / 8);
    const shifted = code << (7 - ((index * 9) % 8));
    coded[at] = (coded[at] ?? 0) | (shifted >> 8);
    coded[at + 1] = shifted & 0xff;
  }
  return coded;
}

function paletteColumns(palette: readonly (readonly number[])[]): number[] {
  return [0, 1, 2].flatMap((channel) => palette.map((color) => color[channel] ?? 0));
}
