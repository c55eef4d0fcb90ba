/** Reads the orientation of a photo from its EXIF data. */
import { DepthmeshError } from "../errors.js";
import { directoryEntries, openTiff, readValue, TAG } from "./tiff-directory.js";

/**
 * EXIF orientation: 1 as stored, 3 turned by 180°, 6 to be turned 90° clockwise, 8 90°
 * counter-clockwise; 2, 4, 7 and 5 are the mirrored ones.
 */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** JPEG, and some writers of WebP, put these bytes before the TIFF structure. */
const EXIF_PREFIX = [0x45, 0x78, 0x69, 0x66, 0, 0];

/** Whether a JPEG APP1 payload is EXIF (XMP lives in APP1 too). */
export function isExif(payload: Uint8Array): boolean {
  return EXIF_PREFIX.every((byte, index) => payload[index] === byte);
}

/** The TIFF structure of an EXIF payload, with or without its prefix. Throws as openTiff does. */
export function exifTiff(payload: Uint8Array): ReturnType<typeof openTiff> {
  return openTiff(isExif(payload) ? payload.subarray(EXIF_PREFIX.length) : payload);
}

/**
 * Orientation of an EXIF payload, with or without its "Exif\0\0" prefix. Absent or broken EXIF
 * gives 1 and never an error: viewers show such photos too.
 */
export function exifOrientation(payload: Uint8Array): Orientation {
  try {
    const tiff = exifTiff(payload);
    for (const entry of directoryEntries(tiff.reader, tiff.firstDirectory)) {
      if (entry.tag === TAG.orientation) return toOrientation(readValue(tiff.reader, entry));
    }
  } catch (error) {
    if (!(error instanceof DepthmeshError)) throw error;
  }
  return 1;
}

/** `value` where it is an orientation, else 1. */
export function toOrientation(value: number | undefined): Orientation {
  const valid = value !== undefined && Number.isInteger(value) && value >= 1 && value <= 8;
  return valid ? (value as Orientation) : 1;
}
