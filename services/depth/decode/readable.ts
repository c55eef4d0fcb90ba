/** A photo's file in the form that libvips reads. */
import sharp from "sharp";
import type { Rectangle } from "../../../core/photo/structure.js";
import { nextDirectoryAt, openTiff } from "../../../core/photo/tiff-directory.js";
import type { SoundFile } from "./damage.js";
import { heicAsTiff } from "./heic.js";

/**
 * The bytes of `file`, or others with the same picture where libvips cannot read them or would show
 * another. Throws LibraryError, and errors of sharp.
 */
export async function readableByLibvips(file: SoundFile): Promise<Uint8Array> {
  const { format, bytes, covered } = file;
  if (covered) return onWhiteCanvas(bytes, covered);
  if (format === "heic") return heicAsTiff(withBrand(bytes, "heic"));
  if (format === "avif") return withBrand(bytes, "avif");
  if (format === "tiff") return asSinglePage(bytes);
  return bytes;
}

/**
 * A PNG of the first frame on its canvas. libvips makes the rest of the canvas black, or whatever
 * the background color of the file is, which no browser shows.
 */
async function onWhiteCanvas(bytes: Uint8Array, covered: Rectangle): Promise<Uint8Array> {
  const { width = 0, height = 0 } = await sharp(bytes).metadata();
  return sharp(bytes, { pages: 1, failOn: "error", ignoreIcc: true })
    .extract(covered)
    .extend({
      left: covered.left,
      top: covered.top,
      right: Math.max(0, width - covered.left - covered.width),
      bottom: Math.max(0, height - covered.top - covered.height),
      background: "#ffffff",
    })
    .keepExif()
    .keepIccProfile()
    .png({ compressionLevel: 1 })
    .toBuffer();
}

const BRAND_AT = 8;

/**
 * The file with `brand` as its major brand. Libraries go by it and know only some: libvips takes
 * "avif" and not "avis", the brand of an image sequence. What they read, the primary item, is the
 * same.
 */
function withBrand(bytes: Uint8Array, brand: "avif" | "heic"): Uint8Array {
  const found = String.fromCharCode(...bytes.subarray(BRAND_AT, BRAND_AT + brand.length));
  if (found === brand) return bytes;
  const branded = Buffer.from(bytes);
  branded.write(brand, BRAND_AT, "latin1");
  return branded;
}

/** libtiff reads the directories of all pages, and fails at a broken one that nobody asked for. */
function asSinglePage(bytes: Uint8Array): Uint8Array {
  const { reader, firstDirectory } = openTiff(bytes);
  const at = nextDirectoryAt(reader, firstDirectory);
  const end = at + (reader.big ? 8 : 4);
  if (at >= bytes.length || bytes.subarray(at, end).every((byte) => byte === 0)) return bytes;
  const single = Buffer.from(bytes);
  return single.fill(0, at, end);
}
