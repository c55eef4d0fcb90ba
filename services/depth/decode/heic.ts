/**
 * Decodes a HEIC and wraps its pixels as an uncompressed TIFF, which libvips then reads as any
 * other photo: with its profile, its alpha, and 16 bits where it has more than 8.
 */
import { type HeifPicture, withHeifPicture } from "./libheif.js";

/** The primary picture, upright and without an orientation of its own. Throws LibraryError. */
export function heicAsTiff(bytes: Uint8Array): Uint8Array {
  return withHeifPicture(bytes, tiffOf);
}

const HEADER_BYTES = 8;
const ENTRY_BYTES = 12;
const SHORT = 3;
const LONG = 4;
const UNDEFINED = 7;
/** Values of ExtraSamples: how the colors of an alpha channel are stored. */
const ASSOCIATED_ALPHA = 1;
const UNASSOCIATED_ALPHA = 2;

/** Layout: header, pixels, bits of each sample, profile, directory (TIFF 6.0, little-endian). */
function tiffOf(picture: HeifPicture): Uint8Array {
  const { width, height, channels, bits, premultiplied, profile } = picture;
  const storedBits = bits > 8 ? 16 : 8;
  const rowBytes = (width * channels * storedBits) / 8;
  const pixelBytes = rowBytes * height;
  const bitsAt = HEADER_BYTES + pixelBytes + (pixelBytes % 2);
  const profileAt = bitsAt + 2 * channels;
  const directoryAt = profileAt + profile.length + (profile.length % 2);
  const alpha = premultiplied ? ASSOCIATED_ALPHA : UNASSOCIATED_ALPHA;
  const entries: (readonly [tag: number, type: number, count: number, value: number])[] = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, channels, bitsAt],
    [259, SHORT, 1, 1],
    [262, SHORT, 1, 2],
    [273, LONG, 1, HEADER_BYTES],
    [277, SHORT, 1, channels],
    [278, LONG, 1, height],
    [279, LONG, 1, pixelBytes],
    [284, SHORT, 1, 1],
  ];
  if (channels === 4) entries.push([338, SHORT, 1, alpha]);
  if (profile.length > 0) entries.push([34675, UNDEFINED, profile.length, profileAt]);

  const file = Buffer.alloc(directoryAt + 2 + ENTRY_BYTES * entries.length + 4);
  file.write("II*\0", "latin1");
  file.writeUInt32LE(directoryAt, 4);
  for (let y = 0; y < height; y++) file.set(picture.row(y), HEADER_BYTES + y * rowBytes);
  if (storedBits === 16) widen(file.subarray(HEADER_BYTES, HEADER_BYTES + pixelBytes), bits);
  for (let channel = 0; channel < channels; channel++) {
    file.writeUInt16LE(storedBits, bitsAt + 2 * channel);
  }
  file.set(profile, profileAt);
  file.writeUInt16LE(entries.length, directoryAt);
  for (const [index, [tag, type, count, value]] of entries.entries()) {
    const at = directoryAt + 2 + ENTRY_BYTES * index;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(count, at + 4);
    file.writeUInt32LE(value, at + 8);
  }
  return file;
}

/** Scales little-endian samples of `bits` to 16 bits: the highest bits fill the lowest. */
function widen(samples: Uint8Array, bits: number): void {
  const left = 16 - bits;
  const right = bits - left;
  for (let at = 0; at < samples.length; at += 2) {
    const value = (samples[at] ?? 0) + 256 * (samples[at + 1] ?? 0);
    const wide = (value << left) | (value >> right);
    samples[at] = wide & 0xff;
    samples[at + 1] = (wide >> 8) & 0xff;
  }
}
