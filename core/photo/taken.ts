/**
 * Which pictures are taken, format by format: what a file's structure says about its coding must be
 * in this table. The gateway refuses all others at the upload, the decoder works by the same table,
 * and docs/inputs.md is made from it.
 */
import { FORMAT_TITLES, type PhotoFormat, unsupported } from "./format.js";

/** How the pixels of a file are coded, in words of TAKEN. */
export interface PhotoKind {
  /** The compression, or the coding process. */
  readonly coding: string;
  /** Bits of a sample. */
  readonly bits: number;
  /** Color type, alpha included where the format has types with it. */
  readonly color: string;
}

interface TakenRow {
  readonly format: PhotoFormat;
  readonly codings: readonly string[];
  readonly colors: readonly string[];
  readonly bits: readonly number[];
}

const LOSSLESS_TIFF = ["uncompressed", "LZW", "Deflate", "PackBits"];

export const TAKEN: readonly TakenRow[] = [
  {
    format: "jpeg",
    codings: ["baseline", "extended", "progressive", "arithmetic", "progressive arithmetic"],
    colors: ["gray", "YCbCr or RGB", "CMYK or YCCK"],
    bits: [8],
  },
  { format: "png", codings: ["plain", "interlaced"], colors: ["gray"], bits: [1, 2, 4, 8, 16] },
  { format: "png", codings: ["plain", "interlaced"], colors: ["palette"], bits: [1, 2, 4, 8] },
  {
    format: "png",
    codings: ["plain", "interlaced"],
    colors: ["RGB", "gray and alpha", "RGB and alpha"],
    bits: [8, 16],
  },
  { format: "gif", codings: ["LZW"], colors: ["palette"], bits: [8] },
  { format: "webp", codings: ["lossy", "lossless"], colors: ["color"], bits: [8] },
  {
    format: "avif",
    codings: ["AV1"],
    colors: ["gray", "4:2:0", "4:2:2", "4:4:4"],
    bits: [8, 10, 12],
  },
  {
    format: "heic",
    codings: ["HEVC"],
    colors: ["gray", "4:2:0", "4:2:2", "4:4:4"],
    bits: [8, 10, 12],
  },
  {
    format: "tiff",
    codings: [...LOSSLESS_TIFF, "CCITT RLE", "CCITT Group 3", "CCITT Group 4"],
    colors: ["gray"],
    bits: [1],
  },
  { format: "tiff", codings: LOSSLESS_TIFF, colors: ["gray"], bits: [2, 4, 8, 16] },
  { format: "tiff", codings: LOSSLESS_TIFF, colors: ["palette"], bits: [1, 2, 4, 8] },
  { format: "tiff", codings: LOSSLESS_TIFF, colors: ["RGB", "CMYK"], bits: [8, 16] },
  { format: "tiff", codings: LOSSLESS_TIFF, colors: ["float RGB", "float Lab"], bits: [32] },
  { format: "tiff", codings: LOSSLESS_TIFF, colors: ["signed Lab"], bits: [16] },
  { format: "tiff", codings: LOSSLESS_TIFF, colors: ["YCbCr with fewer color samples"], bits: [8] },
  {
    format: "tiff",
    codings: ["JPEG"],
    colors: ["gray", "RGB", "YCbCr", "YCbCr with fewer color samples", "CMYK"],
    bits: [8],
  },
  { format: "tiff", codings: ["WebP"], colors: ["RGB"], bits: [8] },
];

/** Throws IMAGE_UNSUPPORTED_FORMAT for a kind that is not in the table. */
export function requireTaken(format: PhotoFormat, { coding, bits, color }: PhotoKind): void {
  const rows = TAKEN.filter((row) => row.format === format);
  const isTaken = rows.some(
    (row) => row.codings.includes(coding) && row.colors.includes(color) && row.bits.includes(bits),
  );
  if (isTaken) return;
  const title = FORMAT_TITLES[format];
  throw unsupported(`a ${title} of ${coding} ${bits}-bit ${color} samples`, {
    metadata: { format, coding, color, bits: String(bits) },
    remedy: "save it with 8 or 16 bits, as PNG for example",
  });
}
