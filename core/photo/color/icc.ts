/**
 * Reads ICC profiles (ICC.1:2022): whether they can be used, and the color space that those of
 * screens and cameras describe by three primaries and three curves, or by one gray curve.
 */
import { type ColorSpace, codedSpace } from "./color-space.js";
import { areUsable, type Chromaticity, D50, type Primaries, SRGB_PRIMARIES } from "./primaries.js";
import { curveLight, isHdr, type ToneCurve } from "./transfer.js";

/** The components of a pixel, without alpha. */
export type Components = "gray" | "rgb" | "cmyk" | "lab";

export interface ProfileReading {
  /** Those of the pixels that it can be applied to. */
  readonly components: Components;
  /** Undefined for profiles with tables of colors. */
  readonly space: ColorSpace | undefined;
}

const HEADER_BYTES = 128;
const TAG_BYTES = 12;
const MAX_TAGS = 1000;
const MAX_CURVE_SAMPLES = 65_536;

const COMPONENTS: Readonly<Record<string, Components>> = {
  GRAY: "gray",
  "RGB ": "rgb",
  CMYK: "cmyk",
  "Lab ": "lab",
};
/** Classes of profiles that describe pictures; links and named colors do not. */
const CLASSES = ["scnr", "mntr", "prtr", "spac"];

/** Undefined for a profile that is damaged or of no use for pictures. */
export function readProfile(profile: Uint8Array): ProfileReading | undefined {
  const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
  if (profile.length < HEADER_BYTES + 4 || text(view, 36) !== "acsp") return undefined;
  const components = COMPONENTS[text(view, 16)];
  const tags = readTags(view);
  if (!components || !tags || !CLASSES.includes(text(view, 12))) return undefined;
  const coded = codedByTag(tags);
  if (coded && isHdr(coded.transfer)) return { components, space: coded };
  if (hasTable(tags)) return { components, space: undefined };
  const connection = text(view, 20);
  if (components === "gray") {
    const curve = readCurve(tags.get("kTRC"));
    const gray = curve && (connection === "Lab " ? lightnessToLight(curve) : curve);
    return gray && { components, space: spaceOf(SRGB_PRIMARIES, [gray, gray, gray]) };
  }
  if (components !== "rgb") return undefined;
  const primaries = readPrimaries(tags);
  const [red, green, blue] = ["rTRC", "gTRC", "bTRC"].map((name) => readCurve(tags.get(name)));
  if (!primaries || !red || !green || !blue) return undefined;
  return { components, space: spaceOf(primaries, [red, green, blue]) };
}

type Tags = ReadonlyMap<string, DataView>;

function spaceOf(primaries: Primaries, curves: readonly [ToneCurve, ToneCurve, ToneCurve]) {
  return { primaries, transfer: { kind: "curves", curves }, range: "full" } as const;
}

/** The data of each tag; undefined when the table or a tag passes the end of the profile. */
function readTags(view: DataView): Tags | undefined {
  const count = view.getUint32(HEADER_BYTES);
  const first = HEADER_BYTES + 4;
  if (count > MAX_TAGS || first + count * TAG_BYTES > view.byteLength) return undefined;
  const tags = new Map<string, DataView>();
  for (let at = first; at < first + count * TAG_BYTES; at += TAG_BYTES) {
    const [offset, size] = [view.getUint32(at + 4), view.getUint32(at + 8)];
    if (offset + size > view.byteLength) return undefined;
    tags.set(text(view, at), new DataView(view.buffer, view.byteOffset + offset, size));
  }
  return tags;
}

function text(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

const TABLE_TYPES = ["mft1", "mft2", "mAB "];

/** Whether the first table from the device to the connection space is of a known type. */
function hasTable(tags: Tags): boolean {
  const table = tags.get("A2B0") ?? tags.get("A2B1");
  return table !== undefined && table.byteLength >= 32 && TABLE_TYPES.includes(text(table, 0));
}

/** Code points inside a profile (ICC.1:2022, 9.2.17). */
function codedByTag(tags: Tags): ColorSpace | undefined {
  const tag = tags.get("cicp");
  if (!tag || tag.byteLength < 12) return undefined;
  return codedSpace(tag.getUint8(8), tag.getUint8(9));
}

/** The colorants are XYZ for the white D50, to which the profile has adapted them. */
function readPrimaries(tags: Tags): Primaries | undefined {
  const [red, green, blue] = ["rXYZ", "gXYZ", "bXYZ"].map((name) => readChromaticity(tags, name));
  if (!red || !green || !blue) return undefined;
  const primaries = { red, green, blue, white: D50 };
  return areUsable(primaries) ? primaries : undefined;
}

function readChromaticity(tags: Tags, name: string): Chromaticity | undefined {
  const tag = tags.get(name);
  if (!tag || tag.byteLength < 20) return undefined;
  const [x, y, z] = [fixed(tag, 8), fixed(tag, 12), fixed(tag, 16)];
  const sum = x + y + z;
  return sum > 0 ? [x / sum, y / sum] : undefined;
}

const fixed = (view: DataView, at: number) => view.getInt32(at) / 65_536;

function readCurve(tag: DataView | undefined): ToneCurve | undefined {
  if (!tag || tag.byteLength < 12) return undefined;
  const type = text(tag, 0);
  if (type === "para") return readParametric(tag);
  if (type !== "curv") return undefined;
  const count = tag.getUint32(8);
  if (count === 0) return power(1);
  if (count > MAX_CURVE_SAMPLES || 12 + 2 * count > tag.byteLength) return undefined;
  if (count === 1) return power(tag.getUint16(12) / 256);
  const samples = Array.from({ length: count }, (_, i) => tag.getUint16(12 + 2 * i) / 65_535);
  return { kind: "sampled", samples };
}

function power(g: number): ToneCurve {
  return { kind: "parametric", g, a: 1, b: 0, c: 0, d: 0, e: 0, f: 0 };
}

/** Parameters by function type (ICC.1:2022, table 68). */
const PARAMETERS = [1, 3, 4, 5, 7];

function readParametric(tag: DataView): ToneCurve | undefined {
  const type = tag.getUint16(8);
  const count = PARAMETERS[type];
  if (count === undefined || 12 + 4 * count > tag.byteLength) return undefined;
  const given = Array.from({ length: count }, (_, i) => fixed(tag, 12 + 4 * i));
  const [g = 1, a = 1, b = 0, fourth = 0, d = 0, e = 0, f = 0] = given;
  if (type >= 3) return { kind: "parametric", g, a, b, c: fourth, d, e, f };
  // Types 1 and 2 are constant below the zero of the line.
  const zero = type === 0 || a === 0 ? 0 : -b / a;
  return { kind: "parametric", g, a, b, c: 0, d: zero, e: fourth, f: fourth };
}

const LIGHTNESS_SAMPLES = 1024;

/** A gray curve that gives CIE L* in percent → one that gives light (CIE 15, 8.2.1). */
function lightnessToLight(curve: ToneCurve): ToneCurve {
  const samples = Array.from({ length: LIGHTNESS_SAMPLES }, (_, i) => {
    const l = 100 * curveLight(curve, i / (LIGHTNESS_SAMPLES - 1));
    return l > 8 ? ((l + 16) / 116) ** 3 : l / 903.3;
  });
  return { kind: "sampled", samples };
}
