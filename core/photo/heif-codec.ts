/** Which codec a picture in a HEIF file has, and how its samples are coded. */
import type { ByteReader } from "./byte-reader.js";
import { corrupt, type PhotoFormat, unsupported } from "./format.js";
import type { Box } from "./heif-items.js";
import type { PhotoKind } from "./taken.js";

export interface HeifCodec {
  readonly format: PhotoFormat;
  readonly kind: PhotoKind;
}

/** Other codecs by the type of their items, so that the refusal can name them. */
const OTHER_CODECS: Readonly<Record<string, string>> = {
  avc1: "an H.264 picture in a HEIF file",
  jpeg: "a JPEG picture in a HEIF file",
  j2k1: "a JPEG 2000 picture in a HEIF file",
  vvc1: "a VVC picture in a HEIF file",
  unci: "an uncompressed picture in a HEIF file",
  tmap: "a HEIF file whose primary picture is a tone map",
};

/**
 * The codec of an item of `type` with `properties`. Throws IMAGE_UNSUPPORTED_FORMAT for other
 * codecs than AV1 and HEVC, IMAGE_CORRUPT where their configuration is missing.
 */
export function heifCodec(
  reader: ByteReader,
  type: string | undefined,
  properties: readonly Box[],
): HeifCodec {
  const configuration = (name: string): Box => {
    const found = properties.find((property) => property.type === name);
    return found ?? fault(reader, `the primary image has no ${name} box`);
  };
  if (type === "av01") return { format: "avif", kind: av1Kind(reader, configuration("av1C").body) };
  if (type === "hvc1" || type === "hev1") {
    return { format: "heic", kind: hevcKind(reader, configuration("hvcC").body) };
  }
  if (type === undefined) return fault(reader, "the primary image is not among its items");
  throw unsupported(OTHER_CODECS[type] ?? "a HEIF file with a codec other than AV1 and HEVC");
}

function fault(reader: ByteReader, words: string): never {
  throw corrupt(reader.format, words);
}

/** av1C: marker and version; profile and level; then flags (AV1-ISOBMFF, 2.3.3). */
function av1Kind(reader: ByteReader, at: number): PhotoKind {
  const flags = reader.u8(at + 2);
  const isTwelve = (flags & 0x20) !== 0;
  const bits = (flags & 0x40) === 0 ? 8 : isTwelve ? 12 : 10;
  const isGray = (flags & 0x10) !== 0;
  return { coding: "AV1", bits, color: isGray ? "gray" : sharing(flags & 0x08, flags & 0x04) };
}

/** The last profile of HEVC that the decoder knows: format range extensions. */
const LAST_PROFILE = 4;

/**
 * hvcC: profile in byte 1, chroma format in byte 16, depth in byte 17 (ISO/IEC 14496-15, 8.3.3).
 */
function hevcKind(reader: ByteReader, at: number): PhotoKind {
  const profile = reader.u8(at + 1) & 31;
  const chroma = reader.u8(at + 16) & 3;
  const coding = profile <= LAST_PROFILE ? "HEVC" : `HEVC profile ${profile}`;
  const bits = 8 + (reader.u8(at + 17) & 7);
  return { coding, bits, color: ["gray", "4:2:0", "4:2:2", "4:4:4"][chroma] ?? "" };
}

/** How pixels share color samples, by the flags for sharing across and down. */
function sharing(across: number, down: number): string {
  if (across === 0) return "4:4:4";
  return down === 0 ? "4:2:2" : "4:2:0";
}
