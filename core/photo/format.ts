/**
 * The image formats that a photo may have, and the errors for a file that is truncated, corrupt or
 * of another format.
 */
import { DepthmeshError } from "../errors.js";

export type PhotoFormat = "jpeg" | "png" | "gif" | "webp" | "avif" | "tiff";

/** How each format is written in a message. */
export const FORMAT_TITLES: Readonly<Record<PhotoFormat, string>> = {
  jpeg: "JPEG",
  png: "PNG",
  gif: "GIF",
  webp: "WebP",
  avif: "AVIF",
  tiff: "TIFF",
};

/**
 * The file stops before it is complete. `expectedBytes` is the least length that the structure read
 * so far calls for; the whole file may need more.
 */
export function truncated(
  format: PhotoFormat,
  actualBytes: number,
  expectedBytes: number,
): DepthmeshError {
  return new DepthmeshError(
    "IMAGE_TRUNCATED",
    `the ${FORMAT_TITLES[format]} ends after ${actualBytes} bytes, at least ${expectedBytes} are needed`,
    {
      metadata: {
        format,
        actual_bytes: String(actualBytes),
        expected_bytes: String(expectedBytes),
      },
    },
  );
}

/**
 * The structure contradicts itself or its standard. `fault` ends the sentence "the JPEG is
 * corrupt:".
 */
export function corrupt(format: PhotoFormat, fault: string): DepthmeshError {
  return new DepthmeshError("IMAGE_CORRUPT", `the ${FORMAT_TITLES[format]} is corrupt: ${fault}`, {
    metadata: {
      format,
    },
  });
}

/** The upload is something that depth workers cannot decode. `found` names it, article included. */
export function unsupported(
  found: string,
  metadata: Readonly<Record<string, string>> = {},
): DepthmeshError {
  const accepted = Object.values(FORMAT_TITLES).join(", ");
  return new DepthmeshError(
    "IMAGE_UNSUPPORTED_FORMAT",
    `the upload is ${found}; accepted are ${accepted}`,
    { metadata: { ...metadata, found, accepted: Object.keys(FORMAT_TITLES).join(",") } },
  );
}
