/**
 * Checks the structure of an AVIF file: its boxes, and the size and orientation of its primary
 * item.
 */
import { ByteReader } from "./byte-reader.js";
import type { Orientation } from "./exif.js";
import { corrupt, truncated, unsupported } from "./format.js";
import {
  type Box,
  boxes,
  FULL_BOX_BYTES,
  primaryItem,
  propertyNumbers,
  requireItemsInside,
} from "./heif-items.js";
import { type PhotoLimits, requireMaxSize, requireSize } from "./limits.js";
import type { PhotoStructure } from "./structure.js";

/** Property numbers have at most 15 bits. */
const MAX_PROPERTIES = 0x7fff;

/**
 * See StructureCheck. An image sequence counts as its still primary image, one frame. Orientation
 * comes from the irot and imir properties: HEIF readers ignore EXIF's.
 */
export function inspectAvif(bytes: Uint8Array, limits: PhotoLimits): PhotoStructure {
  const reader = new ByteReader(bytes, "avif", "big");
  let structure: PhotoStructure | undefined;
  let sequence = false;
  let isFirst = true;
  for (const box of boxes(reader, 0, reader.length)) {
    if (isFirst && box.type !== "ftyp") throw corrupt("avif", "it does not begin with its brands");
    isFirst = false;
    if (box.type === "moov") sequence = true;
    if (box.type === "meta" && structure === undefined)
      structure = inspectMeta(reader, box, limits);
  }
  if (structure !== undefined) return structure;
  if (sequence) throw unsupported("an AVIF sequence without a still image");
  throw truncated("avif", bytes.length, bytes.length + 1);
}

function inspectMeta(reader: ByteReader, meta: Box, limits: PhotoLimits): PhotoStructure {
  const tables = new Map<string, Box>();
  for (const box of boxes(reader, meta.body + FULL_BOX_BYTES, meta.end)) tables.set(box.type, box);
  const pitm = tables.get("pitm");
  const iloc = tables.get("iloc");
  const iprp = tables.get("iprp");
  if (!pitm || !iloc || !iprp) throw corrupt("avif", "an item table is missing");

  const properties = itemProperties(reader, iprp, primaryItem(reader, pitm), limits);
  const extent = properties.find((property) => property.type === "ispe");
  if (!extent) throw corrupt("avif", "the primary image has no size");
  const { width, height } = spatialExtent(reader, extent);
  if (width === 0 || height === 0) throw corrupt("avif", `its size is ${width}×${height}`);
  requireSize(limits, width, height);
  requireItemsInside(reader, iloc);
  const orientation = displayOrientation(reader, properties);
  return { widthPixels: width, heightPixels: height, frames: 1, orientation };
}

/**
 * The properties of `item`. The sizes of other items (alpha, tiles) are checked against the limit
 * too.
 */
function itemProperties(reader: ByteReader, iprp: Box, item: number, limits: PhotoLimits): Box[] {
  const properties: Box[] = [];
  let numbers: number[] = [];
  for (const box of boxes(reader, iprp.body, iprp.end)) {
    if (box.type === "ipma" && numbers.length === 0) numbers = propertyNumbers(reader, box, item);
    if (box.type !== "ipco") continue;
    for (const property of boxes(reader, box.body, box.end)) {
      if (properties.push(property) > MAX_PROPERTIES) throw corrupt("avif", "too many properties");
    }
  }
  for (const property of properties) {
    if (property.type !== "ispe") continue;
    const { width, height } = spatialExtent(reader, property);
    requireMaxSize(limits, width, height);
  }
  return numbers.flatMap((number) => properties[number - 1] ?? []);
}

function spatialExtent(reader: ByteReader, ispe: Box): { width: number; height: number } {
  const at = ispe.body + FULL_BOX_BYTES;
  return { width: reader.u32(at), height: reader.u32(at + 4) };
}

/** EXIF orientations of a turn by 0, 90, 180 and 270° counter-clockwise. */
const TURNED = [1, 8, 3, 6] as const;
/** The same turns, then mirrored top to bottom (imir axis 0). */
const TURNED_THEN_UPSIDE_DOWN = [4, 5, 2, 7] as const;
/** The same turns, then mirrored left to right (imir axis 1). */
const TURNED_THEN_MIRRORED = [2, 7, 4, 5] as const;

/**
 * EXIF number for the irot and imir properties. MIAF defines their order: turned first, then
 * mirrored.
 */
function displayOrientation(reader: ByteReader, properties: readonly Box[]): Orientation {
  const turn = properties.find((property) => property.type === "irot");
  const mirror = properties.find((property) => property.type === "imir");
  const quarters = turn ? reader.u8(turn.body) & 3 : 0;
  if (!mirror) return TURNED[quarters] ?? 1;
  const leftRight = (reader.u8(mirror.body) & 1) === 1;
  return (leftRight ? TURNED_THEN_MIRRORED : TURNED_THEN_UPSIDE_DOWN)[quarters] ?? 1;
}
