/** The color claims of a PNG: its chunks before the pixels (PNG, third edition, 4.3 and 11.3.2). */
import { ByteReader } from "../byte-reader.js";
import type { ColorClaim, ColorClaims } from "./claims.js";
import { type ColorSpace, codedSpace, SRGB } from "./color-space.js";
import { areUsable, type Primaries } from "./primaries.js";
import type { Transfer } from "./transfer.js";

const SIGNATURE_BYTES = 8;
/** Length, type and CRC around the data of a chunk. */
const CHUNK_OVERHEAD_BYTES = 12;
const MATRIX_RGB = 0;

/** `bytes` have passed the structure check. Throws IMAGE_TRUNCATED if they have not. */
export function pngClaims(bytes: Uint8Array): ColorClaims {
  const reader = new ByteReader(bytes, "png", "big");
  const chunks = colorChunks(reader);
  const claims: ColorClaim[] = [];
  const cicp = chunks.get("cICP");
  if (cicp) claims.push(claim("cICP", codePoints(reader, cicp)));
  const iccp = chunks.get("iCCP");
  if (iccp) claims.push(namedProfile(reader, iccp) ?? { source: "ICC" });
  if (chunks.has("sRGB")) claims.push({ source: "sRGB", space: SRGB });
  const [gama, chrm] = [chunks.get("gAMA"), chunks.get("cHRM")];
  if (gama || chrm) claims.push(claim("gAMA", gammaSpace(reader, gama, chrm)));
  return { claims, premultiplied: false };
}

interface Chunk {
  readonly data: number;
  readonly length: number;
}

/** The first chunk of each type before the pixels. */
function colorChunks(reader: ByteReader): Map<string, Chunk> {
  const chunks = new Map<string, Chunk>();
  let offset = SIGNATURE_BYTES;
  while (offset + CHUNK_OVERHEAD_BYTES <= reader.length) {
    const length = reader.u32(offset);
    const type = reader.tag(offset + 4, 4);
    if (type === "IDAT" || type === "IEND") break;
    reader.require(offset, length + CHUNK_OVERHEAD_BYTES);
    if (!chunks.has(type)) chunks.set(type, { data: offset + 8, length });
    offset += length + CHUNK_OVERHEAD_BYTES;
  }
  return chunks;
}

function claim(source: ColorClaim["source"], space: ColorSpace | undefined): ColorClaim {
  return space ? { source, space } : { source };
}

function codePoints(reader: ByteReader, { data, length }: Chunk): ColorSpace | undefined {
  if (length !== 4 || reader.u8(data + 2) !== MATRIX_RGB) return undefined;
  const space = codedSpace(reader.u8(data), reader.u8(data + 1));
  return space && { ...space, range: reader.u8(data + 3) === 0 ? "narrow" : "full" };
}

/** Before cICP, a profile of this name stood for BT.2100 PQ (W3C note "HDR in PNG"). */
const PQ_PROFILE_NAME = "ITUR_2100_PQ_FULL";

function namedProfile(reader: ByteReader, { data, length }: Chunk): ColorClaim | undefined {
  if (length <= PQ_PROFILE_NAME.length) return undefined;
  const isNamed = reader.tag(data, PQ_PROFILE_NAME.length + 1) === `${PQ_PROFILE_NAME}\0`;
  return isNamed ? claim("ICC", codedSpace(9, 16)) : undefined;
}

/** gAMA and cHRM count 1/100 000. */
const UNIT = 100_000;
const SRGB_GAMMA = 1 / 2.2;
/** Writers put 0.4545 beside the curve of sRGB, for which no gamma stands exactly. */
const GAMMA_TOLERANCE = 0.05;
const [MIN_GAMMA, MAX_GAMMA] = [0.1, 10];

function gammaSpace(
  reader: ByteReader,
  gama: Chunk | undefined,
  chrm: Chunk | undefined,
): ColorSpace | undefined {
  const transfer = gama ? gammaTransfer(reader, gama) : SRGB.transfer;
  const primaries = chrm ? chromaticities(reader, chrm) : SRGB.primaries;
  return transfer && primaries && { transfer, primaries, range: "full" };
}

function gammaTransfer(reader: ByteReader, { data, length }: Chunk): Transfer | undefined {
  if (length !== 4) return undefined;
  const gamma = reader.u32(data) / UNIT;
  if (gamma < MIN_GAMMA || gamma > MAX_GAMMA) return undefined;
  if (Math.abs(gamma / SRGB_GAMMA - 1) < GAMMA_TOLERANCE) return SRGB.transfer;
  return { kind: "gamma", exponent: 1 / gamma };
}

function chromaticities(reader: ByteReader, { data, length }: Chunk): Primaries | undefined {
  if (length !== 32) return undefined;
  const at = (index: number) =>
    [reader.u32(data + 8 * index) / UNIT, reader.u32(data + 8 * index + 4) / UNIT] as const;
  const primaries = { white: at(0), red: at(1), green: at(2), blue: at(3) };
  return areUsable(primaries) ? primaries : undefined;
}
