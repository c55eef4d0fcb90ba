/**
 * The colors of a photo as a screen shows them: upright, opaque sRGB at the wanted size, whatever
 * the file declares. libvips applies the ICC profiles of 8-bit pixels; everything else that differs
 * from sRGB is done by core/photo/color. See docs/decisions/0029-color-by-declaration.md.
 */
import sharp, { type Metadata, type Sharp } from "sharp";
import type { Size } from "../../../core/geometry/size.js";
import { divideByAlpha } from "../../../core/photo/color/alpha.js";
import { type PhotoColor, resolveColor } from "../../../core/photo/color/claims.js";
import {
  type ColorSpace,
  codedSpace,
  isSrgb,
  SRGB,
} from "../../../core/photo/color/color-space.js";
import type { Components } from "../../../core/photo/color/icc.js";
import { colorClaims } from "../../../core/photo/color/read-claims.js";
import type { Samples } from "../../../core/photo/color/samples.js";
import { toSrgb } from "../../../core/photo/color/to-srgb.js";
import type { Orientation } from "../../../core/photo/exif.js";
import type { PhotoFormat } from "../../../core/photo/format.js";
import { type Note, note } from "../../../core/spec/note.js";
import { upright } from "./upright.js";

/** What decides how samples are read. */
export interface StoredColor extends PhotoColor {
  readonly is16Bit: boolean;
  /** How many of 16 bits are used. */
  readonly usedBits?: number;
}

export interface ShownPixels extends Size {
  /** 8-bit sRGB, three channels, opaque. */
  readonly rgb: Uint8Array;
  readonly notes: readonly Note[];
}

const COMPONENTS: Readonly<Record<string, Components>> = {
  "b-w": "gray",
  grey16: "gray",
  cmyk: "cmyk",
  lab: "lab",
  labs: "lab",
};

/** The color of a file, from its bytes and what libvips says about it. */
export function storedColor(
  bytes: Uint8Array,
  format: PhotoFormat,
  { space, depth, icc, exif, bitsPerSample }: Metadata,
): StoredColor {
  const claims = colorClaims(bytes, format, { hasProfile: icc !== undefined, exif });
  const color = resolveColor(claims, icc, COMPONENTS[space] ?? "rgb");
  const is16Bit = depth === "ushort" && (space === "rgb16" || space === "grey16");
  // libvips ignores the profile of 16-bit gray, and tables are not read here.
  const isLost = space === "grey16" && color.space === undefined;
  return {
    ...color,
    ...(isLost && { space: SRGB, byProfile: false, ignored: [...color.ignored, "ICC"] as const }),
    // A HEIC comes as a TIFF, of which libvips divides the colors by itself.
    premultiplied: color.premultiplied && format !== "heic",
    is16Bit,
    // libheif's 10 or 12 bits are the highest of 16.
    ...(is16Bit && { usedBits: format === "avif" ? (bitsPerSample ?? 16) : 16 }),
  };
}

/**
 * Whether libvips shall apply the profile. Of 16-bit pixels it ignores the profile if they are
 * gray, and else converts them to Display P3: it does only what nobody else can.
 */
export function isLeftToLibvips({ byProfile, is16Bit, space }: StoredColor): boolean {
  return byProfile && !(is16Bit && space !== undefined);
}

/** What libvips makes of 16-bit pixels with a profile. */
const DISPLAY_P3 = codedSpace(12, 13);

/** The space to convert from; undefined where libvips gives sRGB by itself. */
function spaceToConvert(color: StoredColor): ColorSpace | undefined {
  if (isLeftToLibvips(color)) return color.is16Bit ? DISPLAY_P3 : undefined;
  return color.space && !isSrgb(color.space) ? color.space : undefined;
}

/**
 * Turns `image` upright, shrinks it to `target` and converts its colors. The image must have been
 * opened with `ignoreIcc` unless the profile is left to libvips. Transparent parts become white, as
 * a web page would show them: they have no depth of their own.
 *
 * It is shrunk before its colors are converted, so that the work is proportional to what is shown.
 */
export async function shownPixels(
  image: Sharp,
  color: StoredColor,
  { target, orientation }: { readonly target: Size; readonly orientation: Orientation },
): Promise<ShownPixels> {
  const turned = upright(image, orientation);
  const straight = color.premultiplied ? await withoutMultiplication(turned, color) : turned;
  const resized = straight.resize({ ...target, fit: "fill", withoutEnlargement: true });
  const space = spaceToConvert(color);
  if (space) {
    const { samples, width, height } = await readSamples(resized, color);
    const { rgb, tonePeak } = toSrgb(samples, space);
    return { rgb, width, height, notes: colorNotes(color, tonePeak) };
  }
  const { data, info } = await resized
    .toColourspace("srgb")
    .flatten({ background: "#ffffff" })
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels !== 3) throw new Error(`sharp returned ${channels} channels of ${width}×${height}`);
  return { rgb: data, width, height, notes: colorNotes(color) };
}

/** The same image with straight alpha, in memory at its full size. */
async function withoutMultiplication(image: Sharp, color: StoredColor): Promise<Sharp> {
  const { samples, width, height } = await readSamples(image, color);
  divideByAlpha(samples);
  const { data, channels } = samples;
  return sharp(data, { raw: { width, height, channels } });
}

async function readSamples(image: Sharp, { is16Bit, usedBits }: StoredColor) {
  const { data, info } = await image
    .toColourspace(is16Bit ? "rgb16" : "srgb")
    .raw({ depth: is16Bit ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const words = () => new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  const samples: Samples = {
    data: is16Bit ? words() : data,
    channels,
    ...(usedBits && { usedBits }),
  };
  return { samples, width, height };
}

/** What the caller should know. `peak` is the luminance that became white, in cd/m². */
function colorNotes({ space, ignored }: StoredColor, peak?: number): Note[] {
  const notes = ignored.map((declaration) => note("COLOR_DECLARATION_IGNORED", { declaration }));
  if (peak === undefined || !space) return notes;
  const transfer = space.transfer.kind;
  return [...notes, note("COLOR_TONE_MAPPED", { transfer, peak_nits: String(peak) })];
}
