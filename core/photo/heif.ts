/**
 * Checks the structure of a HEIF file, which is AVIF or HEIC by its codec: its boxes, its primary
 * item, and the size, coding and orientation of that.
 */
import type { Steps } from "../steps.js";
import { ByteReader } from "./byte-reader.js";
import type { Orientation } from "./exif.js";
import { corrupt, isDamage, type PhotoFormat, truncated, unsupported } from "./format.js";
import { type HeifCodec, heifCodec } from "./heif-codec.js";
import {
  type Box,
  boxes,
  FULL_BOX_BYTES,
  itemTypes,
  primaryItem,
  propertyNumbers,
  referencedItems,
  requireItemsInside,
} from "./heif-items.js";
import { type PhotoLimits, requireMaxSize, requireSize } from "./limits.js";
import { PartCounter } from "./part-counter.js";
import type { PhotoStructure } from "./structure.js";
import { requireTaken } from "./taken.js";

/** Property numbers have at most 15 bits. */
const MAX_PROPERTIES = 0x7fff;
/** Boxes and table entries of a file; a grid of a phone has about fifty tiles. */
const MAX_PARTS = 65_536;

/**
 * See StructureCheck. An image sequence counts as its still primary image, one frame. Orientation
 * comes from the irot and imir properties: HEIF readers ignore EXIF's. `format` follows from the
 * codec of the picture, whatever the brands say.
 */
export function* inspectHeif(
  bytes: Uint8Array,
  limits: PhotoLimits,
  sniffed: PhotoFormat,
): Steps<PhotoStructure & { readonly format: PhotoFormat }> {
  const reader = new ByteReader(bytes, sniffed, "big");
  const parts = new PartCounter(sniffed, MAX_PARTS);
  let meta: Box | undefined;
  let sequence = false;
  let isFirst = true;
  try {
    for (const box of boxes(reader, 0, reader.length)) {
      if (parts.next()) yield;
      if (isFirst && box.type !== "ftyp") {
        throw corrupt(sniffed, "it does not begin with its brands");
      }
      isFirst = false;
      if (box.type === "moov") sequence = true;
      if (box.type === "meta") meta ??= box;
    }
  } catch (error) {
    // Some programs append what is no box. Whether pixels are missing, the item table tells.
    if (!meta || !isDamage(error)) throw error;
  }
  if (meta) return inspectMeta(reader, meta, limits, parts);
  if (sequence) throw unsupported("an image sequence without a still image");
  throw truncated(sniffed, bytes.length, bytes.length + 1);
}

function inspectMeta(reader: ByteReader, meta: Box, limits: PhotoLimits, parts: PartCounter) {
  const { format: sniffed } = reader;
  const tables = new Map<string, Box>();
  for (const box of boxes(reader, meta.body + FULL_BOX_BYTES, meta.end)) {
    parts.next();
    tables.set(box.type, box);
  }
  const pitm = tables.get("pitm");
  const iloc = tables.get("iloc");
  const iprp = tables.get("iprp");
  const iinf = tables.get("iinf");
  if (!pitm || !iloc || !iprp || !iinf) throw corrupt(sniffed, "an item table is missing");

  const types = itemTypes(reader, iinf, parts);
  const primary = primaryItem(reader, pitm);
  const iref = tables.get("iref");
  const source = codedItem(reader, iref, types, primary, parts);
  const all = allProperties(reader, iprp, limits, parts);
  const propertiesOf = (item: number) =>
    all.associations
      .flatMap((ipma) => propertyNumbers(reader, ipma, item, parts))
      .flatMap((number) => all.list[number - 1] ?? []);

  const codec = heifCodec(reader, types.get(source), propertiesOf(source));
  const properties = propertiesOf(primary);
  const extent = properties.find((property) => property.type === "ispe");
  if (!extent) throw corrupt(codec.format, "the primary image has no size");
  const { width, height } = croppedSize(reader, spatialExtent(reader, extent), properties);
  if (width === 0 || height === 0) throw corrupt(codec.format, `its size is ${width}×${height}`);
  requireSize(limits, width, height);
  requireTaken(codec.format, codec.kind);
  requireItemsInside(reader, iloc, (item) => isPicture(types.get(item)), parts);
  const orientation = displayOrientation(reader, properties);
  return structureOf(codec, width, height, orientation);
}

function structureOf(
  { format }: HeifCodec,
  widthPixels: number,
  heightPixels: number,
  orientation: Orientation,
) {
  return { format, widthPixels, heightPixels, frames: 1, orientation };
}

/** Items without which a picture can be shown: EXIF, XMP and other data. */
const DATA_ITEMS: ReadonlySet<string> = new Set(["Exif", "mime", "uri "]);

function isPicture(type: string | undefined): boolean {
  return type !== undefined && !DATA_ITEMS.has(type);
}

/** Items that are made of others: a grid of tiles, an overlay, a changed copy. */
const DERIVED_ITEMS: ReadonlySet<string> = new Set(["grid", "iovl", "iden"]);
/** Derived items of derived items; one is usual. */
const MAX_DERIVATIONS = 8;

/** The item whose codec the primary item has: itself, or the first tile of a grid. */
function codedItem(
  reader: ByteReader,
  iref: Box | undefined,
  types: ReadonlyMap<number, string>,
  primary: number,
  parts: PartCounter,
): number {
  let item = primary;
  for (let depth = 0; DERIVED_ITEMS.has(types.get(item) ?? ""); depth++) {
    const source = iref && referencedItems(reader, iref, "dimg", item, parts)[0];
    if (source === undefined || depth === MAX_DERIVATIONS) {
      throw corrupt(reader.format, "the primary image is made of none");
    }
    item = source;
  }
  return item;
}

/**
 * All properties, and the box that gives them to items. The sizes of other items (alpha, tiles) are
 * checked against the limit too.
 */
function allProperties(reader: ByteReader, iprp: Box, limits: PhotoLimits, parts: PartCounter) {
  const list: Box[] = [];
  const associations: Box[] = [];
  for (const box of boxes(reader, iprp.body, iprp.end)) {
    parts.next();
    if (box.type === "ipma") associations.push(box);
    if (box.type !== "ipco") continue;
    for (const property of boxes(reader, box.body, box.end)) {
      parts.next();
      if (list.push(property) > MAX_PROPERTIES) {
        throw corrupt(reader.format, "too many properties");
      }
    }
  }
  for (const property of list) {
    if (property.type !== "ispe") continue;
    const { width, height } = spatialExtent(reader, property);
    requireMaxSize(limits, width, height);
  }
  return { list, associations };
}

interface Extent {
  readonly width: number;
  readonly height: number;
}

function spatialExtent(reader: ByteReader, ispe: Box): Extent {
  const at = ispe.body + FULL_BOX_BYTES;
  return { width: reader.u32(at), height: reader.u32(at + 4) };
}

/** The size that a clap property leaves: its sides are fractions. */
function croppedSize(reader: ByteReader, whole: Extent, properties: readonly Box[]): Extent {
  const clap = properties.find((property) => property.type === "clap");
  if (!clap) return whole;
  const side = (at: number, full: number) => {
    const divisor = reader.u32(at + 4);
    return divisor === 0 ? full : Math.min(full, Math.round(reader.u32(at) / divisor));
  };
  return { width: side(clap.body, whole.width), height: side(clap.body + 8, whole.height) };
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
