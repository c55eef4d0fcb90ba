/** libvips in the decoding process: the loaders that may run, and the reasons of its errors. */
import sharp from "sharp";
import { DepthmeshError, type Reason } from "../../../core/errors.js";
import { FORMAT_TITLES, type PhotoFormat } from "../../../core/photo/format.js";
import type { PhotoFacts } from "../../../core/photo/inspect.js";

// No file is decoded twice, and the other cores belong to inference and rendering.
sharp.cache(false);
sharp.concurrency(1);

const LOADERS: Readonly<Record<PhotoFormat, string>> = {
  jpeg: "VipsForeignLoadJpegBuffer",
  png: "VipsForeignLoadPngBuffer",
  gif: "VipsForeignLoadNsgifBuffer",
  webp: "VipsForeignLoadWebpBuffer",
  avif: "VipsForeignLoadHeifBuffer",
  tiff: "VipsForeignLoadTiffBuffer",
};

/** Blocks all loaders of libvips except those that read one of `formats` from memory. */
export function allowOnly(formats: readonly PhotoFormat[]): void {
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: formats.map((format) => LOADERS[format]) });
}

interface ErrorKind {
  readonly pattern: RegExp;
  readonly reason: Reason;
  /** What the message tells the caller about the file. */
  readonly message: string;
}

/**
 * Kinds of errors by the message of libvips, which has no error codes: it passes on the texts of
 * libjpeg, libpng and the other codecs. The first pattern that matches decides.
 */
const ERROR_KINDS: readonly ErrorKind[] = [
  {
    pattern: /exceeds pixel limit/i,
    reason: "IMAGE_TOO_MANY_PIXELS",
    message: "has more pixels than the limit",
  },
  {
    pattern: /unsupported image format|no known loader|operation is blocked/i,
    reason: "IMAGE_UNSUPPORTED_FORMAT",
    message: "is of a kind that this server cannot decode",
  },
  {
    pattern: /premature end|truncat|not enough data|unexpected end|end of (stream|file)|too short/i,
    reason: "IMAGE_TRUNCATED",
    message: "ends before its last pixel",
  },
];
const OTHER_ERROR: Omit<ErrorKind, "pattern"> = {
  reason: "IMAGE_CORRUPT",
  message: "has pixels that cannot be decoded",
};

/**
 * The error for the caller of a failed decoding. A DepthmeshError is returned as it is. The text of
 * libvips stays in `cause`: it is written for its developers.
 */
export function pixelError(
  thrown: unknown,
  { format }: Pick<PhotoFacts, "format">,
): DepthmeshError {
  if (thrown instanceof DepthmeshError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const { reason, message } = ERROR_KINDS.find(({ pattern }) => pattern.test(text)) ?? OTHER_ERROR;
  return new DepthmeshError(reason, `the ${FORMAT_TITLES[format]} ${message}`, {
    metadata: { format },
    cause: thrown,
  });
}
