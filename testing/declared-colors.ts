/** Files that declare their colors: small photos with the declaration put in. */
import { crc32, deflateSync } from "node:zlib";

const PNG_SIGNATURE_BYTES = 8;
const PNG_HEADER_BYTES = 25;

export type PngChunk = readonly [type: string, data: Uint8Array];

/** Writes the chunks after the header of a PNG, in their order. */
export function withChunks(png: Uint8Array, ...chunks: readonly PngChunk[]): Buffer {
  const at = PNG_SIGNATURE_BYTES + PNG_HEADER_BYTES;
  return Buffer.concat([png.subarray(0, at), ...chunks.map(chunk), png.subarray(at)]);
}

function chunk([type, data]: PngChunk): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  return Buffer.concat([uint32(data.length), body, uint32(crc32(body))]);
}

function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}

const parts = (values: readonly number[]) =>
  uint32(...values.map((value) => Math.round(100_000 * value)));

export const gama = (gamma: number): PngChunk => ["gAMA", parts([gamma])];
/** x and y of white, red, green and blue. */
export const chrm = (...xy: readonly number[]): PngChunk => ["cHRM", parts(xy)];
export const srgbChunk: PngChunk = ["sRGB", Uint8Array.of(0)];
export const cicp = (primaries: number, transfer: number, fullRange = 1): PngChunk => [
  "cICP",
  Uint8Array.of(primaries, transfer, 0, fullRange),
];
export const iccp = (profile: Uint8Array, name = "test"): PngChunk => [
  "iCCP",
  Buffer.concat([Buffer.from(`${name}\0\0`, "latin1"), deflateSync(profile)]),
];

/**
 * An AVIF of libheif whose primary image has these code points as its nclx property; those of its
 * bitstream stay. Throws if it has another structure than libheif writes.
 */
export function withNclx(
  avif: Uint8Array,
  codes: readonly [primaries: number, transfer: number, matrix: number],
  fullRange = true,
): Buffer {
  const bytes = Buffer.from(avif);
  const nclx = Buffer.concat([uint32(19), Buffer.from("colrnclx", "latin1"), Buffer.alloc(7)]);
  for (const [i, code] of codes.entries()) nclx.writeUInt16BE(code, 12 + 2 * i);
  nclx[18] = fullRange ? 0x80 : 0;
  const at = bytes.indexOf("colrnclx", 0, "latin1");
  if (at >= 0) return bytes.fill(nclx, at - 4, at + 15);
  return withProperty(bytes, nclx);
}

/** Appends a property to the list of properties, and to those of the first item. */
function withProperty(avif: Buffer, property: Buffer): Buffer {
  const box = (type: string) => avif.indexOf(type, 0, "latin1") - 4;
  const [ipco, ipma, iloc] = [box("ipco"), box("ipma"), box("iloc")];
  const ipcoEnd = ipco + avif.readUInt32BE(ipco);
  let number = 1;
  for (let at = ipco + 8; at < ipcoEnd; at += avif.readUInt32BE(at)) number++;
  const countAt = ipma + 18;
  const listEnd = countAt + 1 + (avif[countAt] ?? 0);
  if (avif.readUInt32BE(iloc + 8) !== 0 || avif.readUInt16BE(iloc + 12) !== 0x4440) {
    throw new Error("the AVIF has other item locations than libheif writes");
  }
  const growth = property.length + 1;
  for (const type of ["meta", "iprp"]) grow(avif, box(type), growth);
  grow(avif, ipco, property.length);
  grow(avif, ipma, 1);
  avif[countAt] = (avif[countAt] ?? 0) + 1;
  // Each location is: item, data reference, base offset, count of extents, two words each.
  for (let at = iloc + 16, left = avif.readUInt16BE(iloc + 14); left > 0; left--) {
    grow(avif, at + 4, growth);
    at += 10 + 8 * avif.readUInt16BE(at + 8);
  }
  return Buffer.concat([
    ...[avif.subarray(0, ipcoEnd), property, avif.subarray(ipcoEnd, listEnd)],
    ...[Buffer.of(number), avif.subarray(listEnd)],
  ]);
}

const grow = (bytes: Buffer, at: number, by: number) =>
  bytes.writeUInt32BE(bytes.readUInt32BE(at) + by, at);

/**
 * A JPEG with EXIF that has a color space, and an interoperability index if it is given. An EXIF
 * segment of its own must not exist.
 */
export function withColorSpace(jpeg: Uint8Array, colorSpace: number, index?: string): Buffer {
  const entry = (tag: number, type: number, count: number, value: Uint8Array | number) => {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt16LE(tag, 0);
    bytes.writeUInt16LE(type, 2);
    bytes.writeUInt32LE(count, 4);
    if (typeof value === "number") bytes.writeUInt32LE(value, 8);
    else bytes.set(value, 8);
    return bytes;
  };
  const directory = (...entries: readonly Buffer[]) =>
    Buffer.concat([Buffer.of(entries.length, 0), ...entries, Buffer.alloc(4)]);
  const exifAt = 8 + 18;
  const interoperabilityAt = exifAt + 6 + 24;
  const tiff = Buffer.concat([
    Buffer.from("II*\0\x08\0\0\0", "latin1"),
    directory(entry(0x8769, 4, 1, exifAt)),
    directory(
      entry(0xa001, 3, 1, colorSpace),
      index === undefined ? entry(0xa002, 4, 1, 1) : entry(0xa005, 4, 1, interoperabilityAt),
    ),
    directory(entry(1, 2, 4, Buffer.from(`${index ?? ""}\0`.slice(0, 4), "latin1"))),
  ]);
  const segment = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), tiff]);
  const head = Buffer.of(0xff, 0xe1, 0, 0);
  head.writeUInt16BE(segment.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, segment, jpeg.subarray(2)]);
}

/** A JPEG with an ICC profile in one segment. It must not have one already. */
export function withJpegProfile(jpeg: Uint8Array, profile: Uint8Array): Buffer {
  const segment = Buffer.concat([Buffer.from("ICC_PROFILE\0\x01\x01", "latin1"), profile]);
  const head = Buffer.of(0xff, 0xe2, 0, 0);
  head.writeUInt16BE(segment.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, segment, jpeg.subarray(2)]);
}
