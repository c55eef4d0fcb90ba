/** Recognizes the format of a sound file, and checks its first structures without decoding. */
import { DepthmeshError } from "../errors.js";

export const SOUND_FORMATS = ["wav", "mp3", "flac", "ogg", "m4a"] as const;
export type SoundFormat = (typeof SOUND_FORMATS)[number];

const ID3_HEADER_BYTES = 10;

/** The format of a file that begins with `head`. Throws SOUND_UNSUPPORTED_FORMAT. */
export function sniffSound(head: Uint8Array): SoundFormat {
  const tag = (offset: number, length: number) =>
    String.fromCharCode(...head.subarray(offset, offset + length));
  if (tag(0, 4) === "RIFF" && tag(8, 4) === "WAVE") return "wav";
  if (tag(0, 4) === "fLaC") return "flac";
  if (tag(0, 4) === "OggS") return "ogg";
  if (tag(4, 4) === "ftyp") return "m4a";
  if (tag(0, 3) === "ID3" || isMp3Frame(head, 0)) return "mp3";
  throw new DepthmeshError(
    "SOUND_UNSUPPORTED_FORMAT",
    head.length === 0
      ? "the sound is empty"
      : `the sound is not of a supported format: ${SOUND_FORMATS.join(", ")}`,
    { metadata: { known: SOUND_FORMATS.join(" ") } },
  );
}

/**
 * Checks the first block of a whole file against the lengths that it states, without decoding.
 * Throws SOUND_UNSUPPORTED_FORMAT and SOUND_CORRUPT.
 */
export function inspectSound(bytes: Uint8Array): SoundFormat {
  const format = sniffSound(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!CHECKS[format](view, bytes)) {
    throw new DepthmeshError("SOUND_CORRUPT", `the ${format} file's structure is broken`, {
      metadata: {
        format,
        actual_bytes: String(bytes.length),
      },
    });
  }
  return format;
}

type Check = (view: DataView, bytes: Uint8Array) => boolean;

const CHECKS: Readonly<Record<SoundFormat, Check>> = {
  wav: hasWaveData,
  mp3: (view, bytes) => isMp3Frame(bytes, id3Bytes(view, bytes)),
  // The first metadata block is STREAMINFO, type 0, of 34 bytes (RFC 9639).
  flac: (view) => view.byteLength > 42 && (view.getUint32(4) & 0x7fffffff) === 34,
  // Version 0, and the page's segments lie within the file (RFC 3533).
  ogg: (view, bytes) =>
    view.byteLength > 27 && view.getUint8(4) === 0 && oggPageEnd(bytes) <= bytes.length,
  m4a: hasMovie,
};

/** Chunks `fmt ` and then `data` with some bytes in it. */
function hasWaveData(view: DataView, bytes: Uint8Array): boolean {
  let formatted = false;
  for (let offset = 12; offset + 8 <= view.byteLength; ) {
    const type = String.fromCharCode(...bytes.subarray(offset, offset + 4));
    const length = view.getUint32(offset + 4, true);
    if (type === "fmt ") formatted = length >= 16;
    // A recording that was interrupted has no length set: any data counts.
    if (type === "data") return formatted && view.byteLength > offset + 8;
    offset += 8 + length + (length % 2);
  }
  return false;
}

/** Size of an ID3v2 tag in bytes; its length field uses seven bits of each byte. */
function id3Bytes(view: DataView, bytes: Uint8Array): number {
  if (String.fromCharCode(...bytes.subarray(0, 3)) !== "ID3") return 0;
  if (view.byteLength < ID3_HEADER_BYTES) return view.byteLength;
  const length = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + (view.getUint8(at) & 0x7f), 0);
  return ID3_HEADER_BYTES + length;
}

/** Sync word, a layer, a bitrate and a sampling rate that exist (ISO 11172-3, 2.4.2.3). */
function isMp3Frame(bytes: Uint8Array, offset: number): boolean {
  const [sync = 0, version = 0, rates = 0] = bytes.subarray(offset, offset + 3);
  const layer = (version >> 1) & 3;
  const bitrate = rates >> 4;
  return (
    sync === 0xff && version >= 0xe0 && layer !== 0 && bitrate !== 15 && ((rates >> 2) & 3) !== 3
  );
}

function oggPageEnd(bytes: Uint8Array): number {
  const segments = bytes[26] ?? 0;
  const lengths = bytes.subarray(27, 27 + segments);
  return 27 + segments + lengths.reduce((sum, length) => sum + length, 0);
}

/** Top-level boxes that fill the file, `moov` among them. */
function hasMovie(view: DataView, bytes: Uint8Array): boolean {
  let movie = false;
  for (let offset = 0; offset < view.byteLength; ) {
    if (offset + 8 > view.byteLength) return false;
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    const short = view.getUint32(offset);
    const long = short === 1 && offset + 16 <= view.byteLength;
    const length = long ? Number(view.getBigUint64(offset + 8)) : short;
    if (type === "moov") movie = true;
    if (short === 0) return movie;
    if (length < 8) return false;
    offset += length;
    if (offset > view.byteLength) return false;
  }
  return movie;
}
