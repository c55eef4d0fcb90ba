/**
 * Recognizes the format of an uploaded photo by its first bytes. The error for a format that is not
 * accepted names it, if it is known.
 */

import type { PhotoFormat } from "./format.js";
import { emptyUpload, unsupported } from "./format.js";

/** Number of bytes that `sniffFormat` reads. It gets fewer only if the whole upload is shorter. */
export const SNIFF_BYTES = 256;

/**
 * First bytes of the accepted formats, as Latin-1 text. WebP and AVIF are recognized by code below.
 */
const SIGNATURES: readonly (readonly [signature: string, format: PhotoFormat])[] = [
  ["\xff\xd8\xff", "jpeg"],
  ["\x89PNG\r\n\x1a\n", "png"],
  ["GIF87a", "gif"],
  ["GIF89a", "gif"],
  ["II*\0", "tiff"],
  ["MM\0*", "tiff"],
  ["II+\0", "tiff"],
  ["MM\0+", "tiff"],
];

/** First bytes of other files that people send, so that the refusal can name them. */
const FOREIGN_SIGNATURES: readonly (readonly [signature: string, found: string])[] = [
  ["IIU\0", "a camera raw file"],
  ["IIRO", "a camera raw file"],
  ["IIRS", "a camera raw file"],
  ["MMOR", "a camera raw file"],
  ["FUJIFILM", "a camera raw file"],
  ["FOVb", "a camera raw file"],
  ["BM", "a BMP"],
  ["%PDF", "a PDF"],
  ["8BPS", "a PSD (Photoshop)"],
  ["\0\0\x01\0", "an ICO"],
  ["\0\0\x02\0", "a CUR"],
  ["\xff\x0a", "a JPEG XL"],
  ["\0\0\0\x0cJXL ", "a JPEG XL"],
  ["\xff\x4f\xff\x51", "a JPEG 2000"],
  ["\0\0\0\x0cjP  ", "a JPEG 2000"],
  ["\x76\x2f\x31\x01", "an OpenEXR"],
  ["#?RADIANCE", "a Radiance HDR"],
  ["qoif", "a QOI"],
  ["DDS ", "a DDS"],
  ["RIFF", "a RIFF file other than WebP"],
  ["\x1a\x45\xdf\xa3", "a Matroska or WebM video"],
  ["PK\x03\x04", "a ZIP archive"],
  ["\x1f\x8b", "a gzip archive"],
];

/** Texts that people send, the most specific first. */
const FOREIGN_TEXTS: readonly (readonly [pattern: RegExp, found: string])[] = [
  [/<svg[\s>]/i, "an SVG"],
  [/^\s*(<!doctype html|<html)/i, "an HTML page"],
  [/^\s*<\?xml/, "an XML document, perhaps an SVG"],
  [/^P[1-7]\s/, "a Netpbm image"],
  [/^data:image\//, "a data: URL, not the bytes in it"],
  [/^(\/9j\/|iVBORw0KGgo|R0lGOD|UklGR)/, "Base64 text, not the bytes it stands for"],
];

/**
 * The format of an upload that begins with `head`; only its first SNIFF_BYTES matter.
 *
 * Throws IMAGE_UNSUPPORTED_FORMAT for everything else, including an empty upload and one shorter
 * than its signature. The message names the format that was found, if it is known, and the accepted
 * ones.
 */
export function sniffFormat(head: Uint8Array): PhotoFormat {
  if (head.length === 0) throw emptyUpload();
  const start = String.fromCharCode(...head.subarray(0, SNIFF_BYTES));
  for (const [signature, format] of SIGNATURES) {
    if (start.startsWith(signature)) return format;
  }
  if (start.startsWith("RIFF") && start.startsWith("WEBP", 8)) return "webp";
  if (start.startsWith("ftyp", 4)) return sniffBrands(start);
  const found = foreignName(start);
  const remedy = REMEDIES[found];
  throw unsupported(found, remedy ? { remedy } : {});
}

/** What to do with formats that common programs do not open. */
const REMEDIES: Readonly<Record<string, string>> = {
  "a JPEG XL": "convert it, with `djxl photo.jxl photo.png` for example",
  "a camera raw file": "develop it to a JPEG or a 16-bit TIFF",
  "a JPEG 2000": "convert it, with `opj_decompress -i photo.jp2 -o photo.png` for example",
};

function foreignName(start: string): string {
  const file = FOREIGN_SIGNATURES.find(([signature]) => start.startsWith(signature));
  if (file) return file[1];
  const text = start.startsWith(UTF8_MARK) ? start.slice(UTF8_MARK.length) : start;
  const known = FOREIGN_TEXTS.find(([pattern]) => pattern.test(text));
  if (known) return known[1];
  return isText(text) ? "text" : "of no known format";
}

const UTF8_MARK = "\xef\xbb\xbf";
const TEXT_CONTROLS = "\t\n\r\f";
/** Bytes with a smaller share of ASCII characters count as noise, not as text. */
const ASCII_SHARE_OF_TEXT = 0.7;

function isText(start: string): boolean {
  const controls = [...start].filter((char) => char < " " && !TEXT_CONTROLS.includes(char));
  const ascii = [...start].filter((char) => char < "\x7f");
  return controls.length === 0 && ascii.length >= start.length * ASCII_SHARE_OF_TEXT;
}

const HEVC_BRANDS = /^(hei[cxms]|hev[cxms])$/;
const HEIF_BRANDS = /^(mif[12]|msf1|miaf)$/;
const AVIF_BRANDS = /^avi[fs]$/;

/**
 * Tells HEIF from other ISO base media files by the brands in the ftyp box. Which codec its picture
 * has, the item tables say.
 */
function sniffBrands(start: string): PhotoFormat {
  const size = [0, 1, 2, 3].reduce((sum, at) => sum * 256 + start.charCodeAt(at), 0);
  const major = start.slice(8, 12);
  const brands = [major];
  for (let at = 16; at + 4 <= Math.min(size, start.length); at += 4) {
    brands.push(start.slice(at, at + 4));
  }
  // A HEVC image may list AVIF as compatible because of its thumbnail, so the major brand decides.
  if (!HEVC_BRANDS.test(major) && brands.some((brand) => AVIF_BRANDS.test(brand))) return "avif";
  if (major === "crx ") throw unsupported("a camera raw file");
  if (brands.some((brand) => HEVC_BRANDS.test(brand) || HEIF_BRANDS.test(brand))) return "heic";
  throw unsupported("a video or another file in an MP4 container", {
    remedy: "send a picture, a frame of the video for example",
  });
}
