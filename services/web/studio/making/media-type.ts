/**
 * The media type of a fragmented MP4 as browsers want it, with the codecs of its tracks (RFC 6381):
 * `video/mp4; codecs="avc1.640028"`.
 */
import {
  boxAt,
  COUNT_BYTES,
  childOf,
  childrenOf,
  FLAGS_BYTES,
  HEADER_BYTES,
  typeOf,
  VIDEO_ENTRY_BYTES,
  viewOf,
} from "../../../../core/output/boxes.js";

/** Fields of a sample entry of sound before its boxes. */
const SOUND_ENTRY_BYTES = 28;

/** Throws RangeError for a `moov` that is cut off, or holds a codec that is not known. */
export function mediaTypeOf(moov: Uint8Array): string {
  const tracks = childrenOf(moov).filter((box) => typeOf(box) === "trak");
  const codecs = tracks.map((track) => {
    const stsd = boxAt(track, "mdia", "minf", "stbl", "stsd");
    const [entry] = childrenOf(stsd, HEADER_BYTES + FLAGS_BYTES + COUNT_BYTES);
    if (!entry) throw new RangeError("a track has no sample entry");
    return codecOf(entry);
  });
  if (codecs.length === 0) throw new RangeError("there is no track");
  return `video/mp4; codecs="${codecs.join(", ")}"`;
}

/** The codec of a sample entry, in the words of its own specification. Throws RangeError. */
export function codecOf(entry: Uint8Array): string {
  const type = typeOf(entry);
  switch (type) {
    case "avc1":
    case "avc3":
      return `${type}.${hexadecimal(configuration(entry, "avcC").subarray(1, 4))}`;
    case "hvc1":
    case "hev1":
      return `${type}.${hevcProfile(configuration(entry, "hvcC"))}`;
    case "av01":
      return `av01.${av1Profile(configuration(entry, "av1C"))}`;
    case "vp09":
      return `vp09.${vp9Profile(configuration(entry, "vpcC"))}`;
    case "mp4a":
      return `mp4a.${mpeg4Audio(entry)}`;
    case "Opus":
    case "fLaC":
      return type.toLowerCase();
    default:
      throw new RangeError(`the codec ${type} is not known`);
  }
}

/** The content of the box that configures the decoder. */
function configuration(entry: Uint8Array, type: string): Uint8Array {
  const box = childOf(entry, type, HEADER_BYTES + VIDEO_ENTRY_BYTES);
  if (!box) throw new RangeError(`${typeOf(entry)} has no ${type}`);
  return box.subarray(HEADER_BYTES);
}

const hexadecimal = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const twoDigits = (value: number) => String(value).padStart(2, "0");

/** ISO/IEC 14496-15, annex E.3: profile, compatible profiles from the last bit, tier and level. */
function hevcProfile(content: Uint8Array): string {
  const view = viewOf(content);
  const first = view.getUint8(1);
  const space = ["", "A", "B", "C"][first >> 6];
  const tier = (first & 0x20) === 0 ? "L" : "H";
  const compatible = reversedBits(view.getUint32(2)).toString(16);
  const constraints = [...content.subarray(6, 12)];
  while (constraints.at(-1) === 0) constraints.pop();
  const level = view.getUint8(12);
  const rest = constraints.map((byte) => `.${byte.toString(16)}`).join("");
  return `${space}${first & 0x1f}.${compatible}.${tier}${level}${rest}`;
}

function reversedBits(word: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit++) reversed = reversed * 2 + ((word >>> bit) & 1);
  return reversed;
}

/** AV1 in ISO base media files, section 5: profile, level and tier, depth. */
function av1Profile(content: Uint8Array): string {
  const view = viewOf(content);
  const [levels, flags] = [view.getUint8(1), view.getUint8(2)];
  const depth = (flags & 0x40) === 0 ? 8 : (flags & 0x20) === 0 ? 10 : 12;
  const tier = (flags & 0x80) === 0 ? "M" : "H";
  return `${levels >> 5}.${twoDigits(levels & 0x1f)}${tier}.${twoDigits(depth)}`;
}

/** VP codec in ISO media files: profile, level, depth, after version and flags. */
function vp9Profile(content: Uint8Array): string {
  const view = viewOf(content);
  const [profile, level, depth] = [4, 5, 6].map((offset) => view.getUint8(offset));
  return [profile, level, (depth ?? 0) >> 4].map((value) => twoDigits(value ?? 0)).join(".");
}

const DECODER_CONFIG = 0x04;
const DECODER_SPECIFIC = 0x05;
/** Stream number and flags, between the first descriptor and the decoder's. */
const STREAM_BYTES = 3;
/** Type, flags, buffer size and rates, between the decoder's descriptor and the codec's own. */
const DECODER_BYTES = 13;

/** ISO/IEC 14496-1, 7.2.6: the object type, and for AAC the type of audio object. */
function mpeg4Audio(entry: Uint8Array): string {
  const esds = childOf(entry, "esds", HEADER_BYTES + SOUND_ENTRY_BYTES);
  if (!esds) throw new RangeError("mp4a has no esds");
  const view = viewOf(esds);
  const decoderAt = afterSize(view, HEADER_BYTES + FLAGS_BYTES) + STREAM_BYTES;
  if (view.getUint8(decoderAt) !== DECODER_CONFIG) throw new RangeError("esds has no decoder");
  const contentAt = afterSize(view, decoderAt);
  const object = hexadecimal(esds.subarray(contentAt, contentAt + 1));
  const specificAt = contentAt + DECODER_BYTES;
  if (specificAt >= esds.length || view.getUint8(specificAt) !== DECODER_SPECIFIC) return object;
  return `${object}.${view.getUint8(afterSize(view, specificAt)) >> 3}`;
}

/** Offset after a tag and its size, of which each byte but the last has the top bit. */
function afterSize(view: DataView, tagAt: number): number {
  let at = tagAt + 1;
  while ((view.getUint8(at) & 0x80) !== 0) at += 1;
  return at + 1;
}

/** The name of a codec for people, from its string: `avc1.640028` is H.264. */
export function codecTitle(mediaType: string): string {
  const codec = /codecs="([^"]+)"/.exec(mediaType)?.[1] ?? "";
  const titles = codec.split(", ").map((each) => TITLES[each.slice(0, 4)] ?? textOf(each));
  return titles.join(" + ");
}

const TITLES: Readonly<Record<string, string>> = {
  avc1: "H.264",
  avc3: "H.264",
  hvc1: "H.265",
  hev1: "H.265",
  av01: "AV1",
  vp09: "VP9",
  mp4a: "AAC",
  opus: "Opus",
  flac: "FLAC",
};

const textOf = (codec: string) => codec.split(".")[0] ?? codec;
