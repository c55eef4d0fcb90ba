/** The color claim of EXIF data: ColorSpace, and the interoperability index of Adobe RGB. */
import { DepthmeshError } from "../../errors.js";
import type { ByteReader } from "../byte-reader.js";
import { exifTiff } from "../exif.js";
import { type DirectoryEntry, directoryEntries, readValue } from "../tiff-directory.js";
import type { ColorClaim } from "./claims.js";
import { type ColorSpace, SRGB } from "./color-space.js";
import { ADOBE_RGB_PRIMARIES } from "./primaries.js";

const TAG_EXIF_DIRECTORY = 0x8769;
const TAG_COLOR_SPACE = 0xa001;
const TAG_INTEROPERABILITY = 0xa005;
const TAG_INDEX = 1;

const COLOR_SPACE_SRGB = 1;
/** Not in the standard, but written by cameras (ExifTool, tag ColorSpace). */
const COLOR_SPACE_ADOBE_RGB = 2;
const COLOR_SPACE_UNCALIBRATED = 0xffff;
/** "DCF optional color space" (Exif 2.3, table 13; DCF 2.0, 4.4): Adobe RGB. */
const INDEX_ADOBE_RGB = "R03";

/** Adobe RGB (1998), 4.3.4.2: the exponent is 2 + 51/256. */
const ADOBE_RGB: ColorSpace = {
  primaries: ADOBE_RGB_PRIMARIES,
  transfer: { kind: "gamma", exponent: 2.19921875 },
  range: "full",
};

/**
 * What an EXIF payload says, with or without its "Exif\0\0" prefix. Broken EXIF claims nothing, as
 * it has no orientation either.
 */
export function exifClaim(payload: Uint8Array): ColorClaim | undefined {
  try {
    const { reader, firstDirectory } = exifTiff(payload);
    const exif = subdirectory(reader, firstDirectory, TAG_EXIF_DIRECTORY);
    if (exif === undefined) return undefined;
    const entry = find(reader, exif, TAG_COLOR_SPACE);
    const value = entry && readValue(reader, entry);
    if (value === COLOR_SPACE_SRGB) return { source: "EXIF", space: SRGB };
    if (value === COLOR_SPACE_ADOBE_RGB) return { source: "EXIF", space: ADOBE_RGB };
    if (value !== COLOR_SPACE_UNCALIBRATED) return undefined;
    const interoperability = subdirectory(reader, exif, TAG_INTEROPERABILITY);
    const index = interoperability && find(reader, interoperability, TAG_INDEX);
    if (!index || index.byteLength < INDEX_ADOBE_RGB.length) return undefined;
    const isAdobeRgb = reader.tag(index.offset, INDEX_ADOBE_RGB.length) === INDEX_ADOBE_RGB;
    return isAdobeRgb ? { source: "EXIF", space: ADOBE_RGB } : undefined;
  } catch (error) {
    if (!(error instanceof DepthmeshError)) throw error;
    return undefined;
  }
}

function find(reader: ByteReader, directory: number, tag: number): DirectoryEntry | undefined {
  for (const entry of directoryEntries(reader, directory)) if (entry.tag === tag) return entry;
  return undefined;
}

function subdirectory(reader: ByteReader, directory: number, tag: number): number | undefined {
  const entry = find(reader, directory, tag);
  return entry && readValue(reader, entry);
}
