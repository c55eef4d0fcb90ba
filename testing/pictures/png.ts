/** Writes PNG files of every color type and depth. */
import { crc32, deflateSync } from "node:zlib";
import type { Size } from "../../core/geometry/size.js";

export interface PngOptions extends Size {
  readonly colorType: number;
  readonly bits: number;
  /** Sample `channel` of pixel (x, y), 0 to 2^bits − 1; an index for a palette. */
  readonly sample: (x: number, y: number, channel: number) => number;
  /** RGB triples. */
  readonly palette?: readonly (readonly number[])[];
  readonly interlaced?: boolean;
  /** Chunks between the header and the palette, as name and data. */
  readonly chunks?: readonly (readonly [name: string, data: Uint8Array])[];
}

const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Start and step of the seven passes of Adam7, as x, y, step x, step y. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

export function pngFile(options: PngOptions): Buffer {
  const { width, height, colorType, bits, palette, interlaced = false, chunks = [] } = options;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, colorType, 0, 0, interlaced ? 1 : 0], 8);
  const passes = interlaced ? PASSES : [[0, 0, 1, 1] as const];
  const rows = passes.flatMap(([left, top, right, down]) => {
    const columns = range(left, width, right);
    return columns.length === 0
      ? []
      : range(top, height, down).map((y) => row(options, columns, y));
  });
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    pngChunk("IHDR", header),
    ...chunks.map(([name, data]) => pngChunk(name, data)),
    ...(palette ? [pngChunk("PLTE", Uint8Array.from(palette.flat()))] : []),
    pngChunk("IDAT", deflateSync(Buffer.concat(rows))),
    pngChunk("IEND", new Uint8Array()),
  ]);
}

/** A chunk with its length and checksum. */
export function pngChunk(name: string, data: Uint8Array): Buffer {
  const chunk = Buffer.alloc(data.length + 12);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(name, 4, "latin1");
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}

/** One row without a filter; samples of less than 8 bits share bytes. */
function row({ colorType, bits, sample }: PngOptions, columns: readonly number[], y: number) {
  const channels = CHANNELS[colorType] ?? 1;
  const samples = columns.flatMap((x) =>
    Array.from({ length: channels }, (_, channel) => sample(x, y, channel)),
  );
  return Buffer.concat([Buffer.of(0), packSamples(samples, bits)]);
}

/** Samples with their highest bit first, padded to whole bytes. */
export function packSamples(samples: readonly number[], bits: number): Buffer {
  const packed = Buffer.alloc(Math.ceil((samples.length * bits) / 8));
  for (const [index, value] of samples.entries()) {
    if (bits === 16) packed.writeUInt16BE(value, 2 * index);
    else {
      const at = Math.floor((index * bits) / 8);
      packed[at] = (packed[at] ?? 0) | (value << (8 - bits - ((index * bits) % 8)));
    }
  }
  return packed;
}

function range(from: number, to: number, step: number): number[] {
  return Array.from(
    { length: Math.max(0, Math.ceil((to - from) / step)) },
    (_, i) => from + i * step,
  );
}
