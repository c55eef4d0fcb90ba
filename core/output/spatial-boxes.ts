/**
 * The boxes st3d and sv3d (Spherical Video V2, an RFC of google/spatial-media) in the sample
 * entries of the video tracks of a `moov` box (ISO/IEC 14496-12). ffmpeg reads them, but has no
 * option that writes them for frames that it encodes.
 */
import { concat } from "../fragments/concat.js";
import {
  COUNT_BYTES,
  childrenOf,
  FLAGS_BYTES,
  HEADER_BYTES,
  typeOf,
  VIDEO_ENTRY_BYTES,
  viewOf,
} from "./boxes.js";
import type { FramePacking } from "./frame-packing.js";

/** What a metadata source is called in sv3d. */
const SOURCE = "depthmesh";
/** A quarter of the sphere's width on each side has no picture: 0.32 fixed point. */
const QUARTER = 0x40000000;

/** The boxes of a packing, one after another; empty where there is nothing to say. */
export function spatialBoxes({ stereoMode, halfSpheres }: FramePacking): Uint8Array {
  const parts: Uint8Array[] = [];
  if (stereoMode !== undefined) parts.push(box("st3d", uint32(0), Uint8Array.of(stereoMode)));
  if (halfSpheres) parts.push(equirectBox());
  return concat(parts);
}

/** sv3d: no pose, equirectangular, without a quarter of the sphere on the left and the right. */
function equirectBox(): Uint8Array {
  const source = new TextEncoder().encode(`${SOURCE}\0`);
  const [top, bottom, left, right] = [0, 0, QUARTER, QUARTER];
  return box(
    "sv3d",
    box("svhd", uint32(0), source),
    box(
      "proj",
      box("prhd", ...[0, 0, 0, 0].map(uint32)),
      box("equi", ...[0, top, bottom, left, right].map(uint32)),
    ),
  );
}

/**
 * The same `moov` with these boxes in each sample entry of video, in place of such boxes that it
 * has. `offsetBytes` is where it begins in its file: media data behind it moves by as much as it
 * grows, and the chunk offsets of all tracks follow. Throws RangeError for bytes that are no moov.
 */
export function withSpatialBoxes(
  moov: Uint8Array,
  boxes: Uint8Array,
  offsetBytes: number,
): Uint8Array {
  if (typeOf(moov) !== "moov") throw new RangeError(`the box is ${typeOf(moov)}, not moov`);
  const tagged = eachChild(moov, HEADER_BYTES, "trak", (track) =>
    isVideo(track) ? inside(track, STSD, (stsd) => taggedEntries(stsd, boxes)) : track,
  );
  const grownBytes = tagged.length - moov.length;
  const end = offsetBytes + moov.length;
  return eachChild(tagged, HEADER_BYTES, "trak", (track) =>
    inside(track, STBL, (stbl) =>
      eachChild(
        eachChild(stbl, HEADER_BYTES, "stco", (table) => moved(table, 4, end, grownBytes)),
        HEADER_BYTES,
        "co64",
        (table) => moved(table, 8, end, grownBytes),
      ),
    ),
  );
}

const STBL = ["mdia", "minf", "stbl"];
const STSD = [...STBL, "stsd"];

function isVideo(track: Uint8Array): boolean {
  let found = false;
  inside(track, ["mdia", "minf", "vmhd"], (header) => {
    found = true;
    return header;
  });
  return found;
}

function taggedEntries(stsd: Uint8Array, boxes: Uint8Array): Uint8Array {
  return eachChild(stsd, HEADER_BYTES + FLAGS_BYTES + COUNT_BYTES, undefined, (entry) => {
    const from = HEADER_BYTES + VIDEO_ENTRY_BYTES;
    const kept = childrenOf(entry, from).filter(
      (child) => !["st3d", "sv3d"].includes(typeOf(child)),
    );
    return sized([entry.subarray(0, from), ...kept, boxes]);
  });
}

/** A table of chunk offsets in which those from `end` on are greater. */
function moved(table: Uint8Array, entryBytes: 4 | 8, end: number, byBytes: number): Uint8Array {
  const copy = table.slice();
  const view = viewOf(copy);
  const first = HEADER_BYTES + FLAGS_BYTES + 4;
  const count = view.getUint32(first - 4);
  for (let at = first; at < first + count * entryBytes; at += entryBytes) {
    const offset = entryBytes === 4 ? view.getUint32(at) : Number(view.getBigUint64(at));
    if (offset < end) continue;
    if (entryBytes === 8) view.setBigUint64(at, BigInt(offset + byBytes));
    else if (offset + byBytes <= 0xffffffff) view.setUint32(at, offset + byBytes);
    else throw new RangeError("a chunk offset of 32 bits has no room to grow");
  }
  return copy;
}

/** The box with the box at this path of types changed; itself where there is none. */
function inside(
  parent: Uint8Array,
  [type, ...deeper]: readonly string[],
  change: (box: Uint8Array) => Uint8Array,
): Uint8Array {
  return eachChild(parent, HEADER_BYTES, type, (child) =>
    deeper.length === 0 ? change(child) : inside(child, deeper, change),
  );
}

/** The box with each child of this type (undefined: of any) changed; children begin at `from`. */
function eachChild(
  parent: Uint8Array,
  from: number,
  type: string | undefined,
  change: (box: Uint8Array) => Uint8Array,
): Uint8Array {
  const children = childrenOf(parent, from).map((child) =>
    type === undefined || typeOf(child) === type ? change(child) : child,
  );
  return sized([parent.subarray(0, from), ...children]);
}

/** One box of these bytes, which begin with its header, whose size is set. */
function sized(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = concat(parts);
  viewOf(bytes).setUint32(0, bytes.length);
  return bytes;
}

function box(type: string, ...content: readonly Uint8Array[]): Uint8Array {
  return sized([uint32(0), new TextEncoder().encode(type), ...content]);
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value);
  return bytes;
}
