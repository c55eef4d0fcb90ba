/**
 * What the sample entry of a track says about its codec, in ffprobe's words: the codec's name, and
 * for video size and pixel format. Only what our encoders write is known; undefined means that one
 * must look into the stream itself.
 */
import {
  boxAt,
  COUNT_BYTES,
  childOf,
  FLAGS_BYTES,
  HEADER_BYTES,
  textAt,
  typeOf,
  VIDEO_ENTRY_BYTES,
  viewOf,
} from "./boxes.js";

export interface VideoEntry {
  readonly codec: string;
  readonly pixelFormat: string;
  readonly width: number;
  readonly height: number;
}

const WIDTH_AT = HEADER_BYTES + 24;
const HEIGHT_AT = HEADER_BYTES + 26;
const VIDEO_BOXES_AT = HEADER_BYTES + VIDEO_ENTRY_BYTES;
/** Fields of a sample entry of sound (version 0) before its boxes. */
const SOUND_BOXES_AT = HEADER_BYTES + 28;

/** The only entry of a table. Throws RangeError where there is none, or more than one. */
function onlyEntry(stbl: Uint8Array): Uint8Array {
  const stsd = boxAt(stbl, "stsd");
  const count = viewOf(stsd).getUint32(HEADER_BYTES + FLAGS_BYTES);
  const sizeAt = HEADER_BYTES + FLAGS_BYTES + COUNT_BYTES;
  const entryBytes = viewOf(stsd).getUint32(sizeAt);
  const entry = stsd.subarray(sizeAt, sizeAt + entryBytes);
  if (count !== 1 || entryBytes < HEADER_BYTES || entry.length !== entryBytes) {
    throw new RangeError(`stsd has ${count} entries, of which the first has ${entryBytes} bytes`);
  }
  return entry;
}

/** Throws RangeError for an entry that is cut off or has no picture. */
export function videoEntry(stbl: Uint8Array): VideoEntry | undefined {
  const entry = onlyEntry(stbl);
  const view = viewOf(entry);
  const [width, height] = [view.getUint16(WIDTH_AT), view.getUint16(HEIGHT_AT)];
  if (width === 0 || height === 0) throw new RangeError(`a picture of ${width}×${height} pixels`);
  const row = VIDEO_CODECS[typeOf(entry)];
  const layout = row && !hasFullRange(entry) && row.layoutOf(configurationOf(entry, row));
  const pixelFormat = layout && pixelFormatOf(layout);
  return row && pixelFormat ? { codec: row.codec, pixelFormat, width, height } : undefined;
}

/** ffprobe has other names for some formats whose samples use all values. */
function hasFullRange(entry: Uint8Array): boolean {
  const colors = childOf(entry, "colr", VIDEO_BOXES_AT);
  if (!colors || textAt(colors, HEADER_BYTES, 4) !== "nclx") return false;
  return (viewOf(colors).getUint8(HEADER_BYTES + 10) & 0x80) !== 0;
}

interface Layout {
  /** 1: 4:2:0, 2: 4:2:2, 3: 4:4:4. */
  readonly chroma: number;
  /** Bits of a sample. */
  readonly depth: number;
}

interface VideoCodecRow {
  readonly codec: string;
  /** Type of the box with the decoder's configuration. Absent: the entry's own type says all. */
  readonly box?: string;
  /** From the content of that box. */
  readonly layoutOf: (content: Uint8Array) => Layout | undefined;
}

const H264 = { codec: "h264", box: "avcC", layoutOf: h264Layout };
const HEVC = { codec: "hevc", box: "hvcC", layoutOf: hevcLayout };

/** Names of ffprobe. ProRes 4444 is missing: only its frames tell whether they have alpha. */
const VIDEO_CODECS: Readonly<Record<string, VideoCodecRow>> = {
  avc1: H264,
  avc3: H264,
  hvc1: HEVC,
  hev1: HEVC,
  av01: { codec: "av1", box: "av1C", layoutOf: av1Layout },
  apch: { codec: "prores", layoutOf: () => ({ chroma: 2, depth: 10 }) },
};

/** Throws RangeError where the box is missing. */
function configurationOf(entry: Uint8Array, { box }: VideoCodecRow): Uint8Array {
  if (box === undefined) return entry.subarray(entry.length);
  const found = childOf(entry, box, VIDEO_BOXES_AT);
  if (!found) throw new RangeError(`${typeOf(entry)} has no ${box}`);
  return found.subarray(HEADER_BYTES);
}

function pixelFormatOf({ chroma, depth }: Layout): string | undefined {
  const sampling = ["", "420", "422", "444"][chroma];
  if (!sampling || ![8, 10, 12].includes(depth)) return undefined;
  return `yuv${sampling}p${depth === 8 ? "" : `${depth}le`}`;
}

/** Profiles of H.264 that have 8 bits and 4:2:0 only: Baseline, Main, Extended. */
const PLAIN_PROFILES: ReadonlySet<number> = new Set([66, 77, 88]);

/** AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1): the layout stands behind the sets. */
function h264Layout(content: Uint8Array): Layout | undefined {
  const view = viewOf(content);
  if (PLAIN_PROFILES.has(view.getUint8(1))) return { chroma: 1, depth: 8 };
  let at = 5;
  for (const mask of [0x1f, 0xff]) {
    const sets = view.getUint8(at) & mask;
    at += 1;
    for (let set = 0; set < sets; set++) at += 2 + view.getUint16(at);
  }
  // Older muxers leave the layout out.
  if (at + 3 > content.length) return undefined;
  const bits = (offset: number) => 8 + (view.getUint8(offset) & 7);
  return sameDepth(view.getUint8(at) & 3, bits(at + 1), bits(at + 2));
}

/** HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3.1). */
function hevcLayout(content: Uint8Array): Layout | undefined {
  const view = viewOf(content);
  const bits = (offset: number) => 8 + (view.getUint8(offset) & 7);
  return sameDepth(view.getUint8(16) & 3, bits(17), bits(18));
}

function sameDepth(chroma: number, luma: number, colors: number): Layout | undefined {
  return luma === colors ? { chroma, depth: luma } : undefined;
}

/** AV1CodecConfigurationRecord (AV1 in ISO base media files, 2.3.3). */
function av1Layout(content: Uint8Array): Layout | undefined {
  const flags = viewOf(content).getUint8(2);
  const is = (bit: number) => (flags & (1 << bit)) !== 0;
  const [highDepth, twelve, monochrome, halfWidth, halfHeight] = [6, 5, 4, 3, 2].map(is);
  if (monochrome || (halfHeight && !halfWidth)) return undefined;
  const depth = highDepth ? (twelve ? 12 : 10) : 8;
  return { chroma: halfHeight ? 1 : halfWidth ? 2 : 3, depth };
}

/** ffprobe's name of the codec of a track of sound. Throws RangeError for one that is cut off. */
export function soundCodec(stbl: Uint8Array): string | undefined {
  const entry = onlyEntry(stbl);
  switch (typeOf(entry)) {
    case "sowt":
      return viewOf(entry).getUint16(HEADER_BYTES + 18) === 16 ? "pcm_s16le" : undefined;
    case "mp4a":
      return isAac(entry) ? "aac" : undefined;
    default:
      return undefined;
  }
}

const DECODER_CONFIG = 0x04;
/** MPEG-4 audio (ISO/IEC 14496-1, table 5). */
const AAC_OBJECT = 0x40;

/** Whether `esds` names AAC in the simplest order of descriptors, which ffmpeg writes. */
function isAac(entry: Uint8Array): boolean {
  const esds = childOf(entry, "esds", SOUND_BOXES_AT);
  if (!esds) return false;
  const streamAt = afterSize(esds, HEADER_BYTES + FLAGS_BYTES);
  // The stream's number and flags stand before the decoder's descriptor.
  const decoderAt = streamAt + 3;
  if (esds[decoderAt] !== DECODER_CONFIG) return false;
  return esds[afterSize(esds, decoderAt)] === AAC_OBJECT;
}

/** Offset after a tag and its size, of which each byte but the last has the top bit. */
function afterSize(bytes: Uint8Array, tagAt: number): number {
  let at = tagAt + 1;
  while (((bytes[at] ?? 0) & 0x80) !== 0) at += 1;
  return at + 1;
}
