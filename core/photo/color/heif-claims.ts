/**
 * The color claims of an AVIF or HEIF file: the colr properties of its primary image, and whether
 * its alpha image says "prem" (HEIF, ISO/IEC 23008-12, 6.5.5; MIAF, ISO/IEC 23000-22, 7.3.5.2).
 */
import type { ByteReader } from "../byte-reader.js";
import { type Box, boxes, FULL_BOX_BYTES, primaryItem, propertyNumbers } from "../heif-items.js";
import type { ColorClaim, ColorClaims } from "./claims.js";
import { type ColorSpace, codedSpace } from "./color-space.js";
import { isHdr } from "./transfer.js";

/**
 * `reader` holds a file that has passed the structure check. Throws IMAGE_TRUNCATED or
 * IMAGE_CORRUPT if it has not. Without a colr property the photo is sRGB (MIAF, 7.3.6.4).
 */
export function heifClaims(reader: ByteReader): ColorClaims {
  const tables = new Map<string, Box>();
  const meta = firstBox(reader, 0, reader.length, "meta");
  if (!meta) return { claims: [], premultiplied: false };
  for (const box of boxes(reader, meta.body + FULL_BOX_BYTES, meta.end)) tables.set(box.type, box);
  const [pitm, iprp, iref] = [tables.get("pitm"), tables.get("iprp"), tables.get("iref")];
  if (!pitm || !iprp) return { claims: [], premultiplied: false };
  const primary = primaryItem(reader, pitm);
  const premultiplied = iref !== undefined && isPremultiplied(reader, iref, primary);
  return { claims: ordered(colorProperties(reader, iprp, primary)), premultiplied };
}

interface ColorProperties {
  readonly hasProfile: boolean;
  readonly coded: ColorClaim | undefined;
}

/**
 * A profile counts before code points, except those of high dynamic range, which a profile's
 * curves cannot express.
 */
function ordered({ hasProfile, coded }: ColorProperties): ColorClaim[] {
  const profile: ColorClaim[] = hasProfile ? [{ source: "ICC" }] : [];
  const points = coded ? [coded] : [];
  const isHdrCoded = coded?.space !== undefined && isHdr(coded.space.transfer);
  return isHdrCoded ? [...points, ...profile] : [...profile, ...points];
}

function colorProperties(reader: ByteReader, iprp: Box, primary: number): ColorProperties {
  const properties: Box[] = [];
  let numbers: number[] = [];
  for (const box of boxes(reader, iprp.body, iprp.end)) {
    if (box.type === "ipma" && numbers.length === 0) {
      numbers = propertyNumbers(reader, box, primary);
    }
    if (box.type === "ipco") properties.push(...boxes(reader, box.body, box.end));
  }
  const own = numbers.flatMap((number) => properties[number - 1] ?? []).filter(isColor);
  // Of a grid of tiles, often only the tiles have the property.
  const found = own.length > 0 ? own : properties.filter(isColor);
  const kinds = found.map((box) => ({ kind: reader.tag(box.body, 4), body: box.body }));
  const nclx = kinds.find(({ kind }) => kind === "nclx");
  return {
    hasProfile: kinds.some(({ kind }) => kind === "prof" || kind === "rICC"),
    coded: nclx && codedClaim(reader, nclx.body + 4),
  };
}

const isColor = ({ type }: Box) => type === "colr";

/** Code points of the OETFs that BT.709 and BT.601 share. */
const VIDEO_TRANSFERS = new Set([1, 6, 11, 12]);

/**
 * The decoder undoes the range and the matrix. Pictures that claim the transfer of video are sRGB:
 * encoders write its code by default, and browsers show such pictures unchanged.
 */
function codedClaim(reader: ByteReader, at: number): ColorClaim {
  const transfer = reader.u16(at + 2);
  const space: ColorSpace | undefined = codedSpace(
    reader.u16(at),
    VIDEO_TRANSFERS.has(transfer) ? SRGB_TRANSFER_CODE : transfer,
  );
  return space ? { source: "nclx", space } : { source: "nclx" };
}

const SRGB_TRANSFER_CODE = 13;

/** Whether the iref box holds a reference "prem" from the primary image. */
function isPremultiplied(reader: ByteReader, iref: Box, primary: number): boolean {
  const isWide = reader.u8(iref.body) > 0;
  for (const box of boxes(reader, iref.body + FULL_BOX_BYTES, iref.end)) {
    if (box.type !== "prem") continue;
    const from = isWide ? reader.u32(box.body) : reader.u16(box.body);
    if (from === primary) return true;
  }
  return false;
}

function firstBox(reader: ByteReader, start: number, end: number, type: string): Box | undefined {
  for (const box of boxes(reader, start, end)) if (box.type === type) return box;
  return undefined;
}
