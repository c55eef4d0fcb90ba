/** How the pixels of a TIFF's page are coded, in words of the table of what is taken. */
import type { PhotoKind } from "./taken.js";

const COMPRESSIONS: Readonly<Record<number, string>> = {
  1: "uncompressed",
  2: "CCITT RLE",
  3: "CCITT Group 3",
  4: "CCITT Group 4",
  5: "LZW",
  6: "old JPEG",
  7: "JPEG",
  8: "Deflate",
  32773: "PackBits",
  32946: "Deflate",
  34712: "JPEG 2000",
  34925: "LZMA",
  50000: "Zstandard",
  50001: "WebP",
  50002: "JPEG XL",
};

const PHOTOMETRICS: Readonly<Record<number, string>> = {
  0: "gray",
  1: "gray",
  2: "RGB",
  3: "palette",
  5: "CMYK",
  6: "YCbCr",
  8: "Lab",
  9: "Lab",
  10: "Lab",
  32803: "sensor",
  32844: "LogLuv",
  32845: "LogLuv",
  34892: "sensor",
};

const SAMPLE_UNSIGNED = 1;
const SAMPLE_FLOAT = 3;

/** The fields of a page that decide how its pixels are coded, with the defaults of TIFF 6. */
export interface TiffCoding {
  readonly compression: number;
  readonly photometric: number;
  readonly bits: number;
  readonly sampleFormat: number;
  readonly channels: number;
  /** Whether color samples are shared by several pixels. */
  readonly subsampled: boolean;
}

export function tiffKind(coding: TiffCoding): PhotoKind {
  const { compression, bits } = coding;
  return {
    coding: COMPRESSIONS[compression] ?? `number ${compression}`,
    bits,
    color: `${sampleWord(coding.sampleFormat)}${colorWord(coding)}`,
  };
}

function colorWord({ photometric, channels, subsampled, sampleFormat }: TiffCoding): string {
  const color = PHOTOMETRICS[photometric] ?? `photometric ${photometric}`;
  if (color === "YCbCr" && subsampled) return "YCbCr with fewer color samples";
  const least = { RGB: 3, CMYK: 4, YCbCr: 3, Lab: 3 }[color] ?? 1;
  // libvips scales linear light only where nothing but three colors is there, and takes one channel
  // beside the colors, as alpha.
  const most = sampleFormat === SAMPLE_FLOAT ? least : least + 1;
  const isFitting = channels >= least && channels <= most;
  return isFitting ? color : `${channels}-channel ${color}`;
}

function sampleWord(format: number): string {
  if (format === SAMPLE_UNSIGNED || format === 4) return "";
  if (format === SAMPLE_FLOAT) return "float ";
  return format === 2 ? "signed " : "complex ";
}
