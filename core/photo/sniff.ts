/** Which format an upload is, by its first bytes. */
import { unsupported } from "./faults.js";
import type { PhotoFormat } from "./format.js";

/** As many bytes of an upload as `sniffFormat` looks at. Fewer are enough only at its end. */
export const SNIFF_BYTES = 256;

/** Signatures at byte 0, as Latin-1 text. */
const SIGNATURES: readonly (readonly [signature: string, format: PhotoFormat])[] = [
  ["\xff\xd8\xff", "jpeg"],
  ["\x89PNG\r\n\x1a\n", "png"],
  ["GIF87a", "gif"],
  ["GIF89a", "gif"],
  ["II*\0", "tiff"],
  ["MM\0*", "tiff"],
];

/** What people send instead, so that the refusal can name it. The first match counts. */
const FOREIGN: readonly (readonly [pattern: RegExp, found: string])[] = [
  [/^(II\+\0|MM\0\+)/, "a BigTIFF"],
  [/^(IIU\0|IIR[OS]|MMOR|FUJIFILM|FOVb)/, "a camera raw file"],
  [/^BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0/s, "a BMP"],
  [/^%PDF/, "a PDF"],
  [/^8BPS/, "a PSD (Photoshop)"],
  [/^\0\0[\x01\x02]\0/, "an ICO"],
  [/^(\xff\x0a|\0\0\0\x0cJXL )/, "a JPEG XL"],
  [/^(\xff\x4f\xff\x51|\0\0\0\x0cjP {2})/, "a JPEG 2000"],
  [/^\x76\x2f\x31\x01/, "an OpenEXR"],
  [/^#\?RADIANCE/, "a Radiance HDR"],
  [/^qoif/, "a QOI"],
  [/^DDS /, "a DDS"],
  [/^P[1-7]\s/, "a Netpbm image"],
  [/^RIFF....(AVI |WAVE)/s, "an AVI or WAV"],
  [/^\x1a\x45\xdf\xa3/, "a Matroska or WebM video"],
  [/^PK\x03\x04/, "a ZIP archive"],
  [/^\x1f\x8b/, "a gzip archive"],
  [/<svg[\s>]/i, "an SVG"],
  [/^(\xef\xbb\xbf)?\s*(<!doctype html|<html)/i, "an HTML page"],
  [/^(\xef\xbb\xbf)?\s*<\?xml/, "an XML document, perhaps an SVG"],
  [/^data:image\//, "a data: URL, not its bytes"],
  [/^(\/9j\/|iVBORw0KGgo|R0lGOD|UklGR)/, "Base64 text, not the bytes it stands for"],
];

/** Only printable characters, white space and bytes of UTF-8. */
const TEXT = /^[\t\n\r\x20-\x7e\x80-\xff]*$/;
/** A text with many bytes above ASCII is more likely noise. */
const ASCII_SHARE_OF_TEXT = 0.7;

/**
 * The format of an upload that begins with `head`; only its first SNIFF_BYTES matter.
 *
 * Throws IMAGE_UNSUPPORTED_FORMAT for everything else, an empty upload and one shorter than its
 * signature included. The message names what was found where it is known, and what is accepted.
 */
export function sniffFormat(head: Uint8Array): PhotoFormat {
  if (head.length === 0) throw unsupported("empty", { actual_bytes: "0" });
  const text = String.fromCharCode(...head.subarray(0, SNIFF_BYTES));
  for (const [signature, format] of SIGNATURES) {
    if (text.startsWith(signature)) return format;
  }
  if (/^RIFF....WEBP/s.test(text)) return "webp";
  if (text.slice(4, 8) === "ftyp") return sniffBrands(text);
  for (const [pattern, found] of FOREIGN) {
    if (pattern.test(text)) throw unsupported(found);
  }
  throw unsupported(isText(text) ? "text" : "of no known format");
}

const HEVC_BRANDS = /^(hei[cxms]|hev[cxms])$/;
const HEIF_BRANDS = /^(mif1|msf1|miaf)$/;
const AVIF_BRANDS = /^avi[fs]$/;

/** AVIF or what else an ISO base media file is, by the brands in its ftyp box. */
function sniffBrands(text: string): PhotoFormat {
  const size = [...text.slice(0, 4)].reduce((sum, char) => sum * 256 + char.charCodeAt(0), 0);
  const major = text.slice(8, 12);
  const brands = [major];
  for (let at = 16; at + 4 <= Math.min(size, text.length); at += 4) {
    brands.push(text.slice(at, at + 4));
  }
  // A HEVC image may list AVIF as compatible for its thumbnail's sake: the major brand goes first.
  if (!HEVC_BRANDS.test(major) && brands.some((brand) => AVIF_BRANDS.test(brand))) return "avif";
  if (brands.some((brand) => HEVC_BRANDS.test(brand))) {
    throw unsupported("a HEIC (HEVC), which cannot be decoded here", { brand: major });
  }
  if (major === "crx ") throw unsupported("a camera raw file", { brand: "crx" });
  if (brands.some((brand) => HEIF_BRANDS.test(brand))) throw unsupported("a HEIF other than AVIF");
  throw unsupported("a video or other MP4 file");
}

function isText(text: string): boolean {
  const ascii = text.replace(/[^\0-\x7f]/g, "").length;
  return TEXT.test(text) && ascii >= text.length * ASCII_SHARE_OF_TEXT;
}
