/**
 * The image formats that a photo may have, and the errors for a file that is truncated, corrupt or
 * of another format.
 */
import { DepthmeshError } from "../errors.js";

export type PhotoFormat = "jpeg" | "png" | "gif" | "webp" | "avif" | "tiff" | "heic";

/** How each format is written in a message. */
export const FORMAT_TITLES: Readonly<Record<PhotoFormat, string>> = {
  jpeg: "JPEG",
  png: "PNG",
  gif: "GIF",
  webp: "WebP",
  avif: "AVIF",
  tiff: "TIFF",
  heic: "HEIC",
};

export const PHOTO_FORMATS = Object.keys(FORMAT_TITLES) as readonly PhotoFormat[];

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

/** Whether a check failed because the file is cut or contradicts itself, and not for a limit. */
export function isDamage(error: unknown): boolean {
  const reason = error instanceof DepthmeshError ? error.reason : undefined;
  return reason === "IMAGE_TRUNCATED" || reason === "IMAGE_CORRUPT";
}

/** No byte was sent. */
export function emptyUpload(): DepthmeshError {
  return new DepthmeshError("IMAGE_UNSUPPORTED_FORMAT", "the upload is empty: no photo was sent", {
    metadata: { found: "empty", actual_bytes: "0" },
  });
}

/** The settings of this server leave the format out. */
export function notTaken(format: PhotoFormat, taken: readonly PhotoFormat[]): DepthmeshError {
  const titles = taken.map((name) => FORMAT_TITLES[name]).join(", ");
  return new DepthmeshError(
    "IMAGE_UNSUPPORTED_FORMAT",
    `this server does not take ${FORMAT_TITLES[format]} photos: send ${titles}`,
    { metadata: { format, accepted: taken.join(",") } },
  );
}

/** What the refusal of a format adds. */
export interface UnsupportedOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** What the caller can do, as a main clause. */
  readonly remedy?: string;
}

/**
 * The upload is something that depth workers cannot decode. `found` names it, article included.
 */
export function unsupported(found: string, options: UnsupportedOptions = {}): DepthmeshError {
  const { metadata = {}, remedy = "save it as JPEG or PNG" } = options;
  const accepted = Object.values(FORMAT_TITLES).join(", ");
  return new DepthmeshError(
    "IMAGE_UNSUPPORTED_FORMAT",
    `the upload is ${found}, which cannot be decoded here; accepted are ${accepted}: ${remedy}`,
    { metadata: { ...metadata, found, accepted: Object.keys(FORMAT_TITLES).join(",") } },
  );
}
