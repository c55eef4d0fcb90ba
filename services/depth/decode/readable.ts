/** A photo's file in the form that libvips reads. */
import sharp from "sharp";
import type { SoundFile } from "./damage.js";
import { heicAsTiff } from "./heic.js";
import { asPlainTiff } from "./plain-tiff.js";

/**
 * The bytes of `file`, or others with the same picture where libvips cannot read them or would show
 * another. Throws LibraryError, and errors of sharp.
 */
export async function readableByLibvips(file: SoundFile): Promise<Uint8Array> {
  const { format, bytes } = file;
  if (format === "webp") return onCanvas(asWholeWebp(bytes), file);
  if (format === "gif") return onCanvas(withTrailer(bytes), file);
  if (format === "heic") return heicAsTiff(withBrand(bytes, "heic"));
  if (format === "avif") return withBrand(bytes, "avif");
  if (format === "tiff") return asPlainTiff(bytes);
  if (format === "jpeg") return withEndMarker(bytes);
  return bytes;
}

/**
 * A PNG of the first frame on its canvas where libvips would show another. It makes the rest of the
 * canvas black, or whatever the background color of the file is, which no browser shows; and of a
 * GIF it takes the size of the frames where that of the screen is one of those of 1990s monitors.
 */
async function onCanvas(
  bytes: Uint8Array,
  { covered, canvas }: Pick<SoundFile, "covered" | "canvas">,
): Promise<Uint8Array> {
  const { width, height } = await sharp(bytes, { failOn: "error" }).metadata();
  const { width: right, height: bottom } = canvas ?? { width, height };
  if (!covered && width === right && height === bottom) return bytes;
  const frame = covered ?? { left: 0, top: 0, width: right, height: bottom };
  return sharp(bytes, { pages: 1, failOn: "error", ignoreIcc: true })
    .extract(frame)
    .extend({
      left: frame.left,
      top: frame.top,
      right: right - frame.left - frame.width,
      bottom: bottom - frame.top - frame.height,
      background: "#ffffff",
    })
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

const GIF_TRAILER = 0x3b;

/** libnsgif does not take a frame whose chain of blocks ends with the file. */
function withTrailer(bytes: Uint8Array): Uint8Array {
  if (bytes.at(-1) === GIF_TRAILER) return bytes;
  return Buffer.concat([bytes, Buffer.of(0, GIF_TRAILER)]);
}

/** What Samsung's trailer ends with. It stands in place of the end marker, or behind it. */
const TRAILER_END = "SEFT";
const END_MARKER = Buffer.of(0xff, 0xd9);

/** libjpeg reads on to an end marker behind the last scan of a progressive picture. */
function withEndMarker(bytes: Uint8Array): Uint8Array {
  const end = Buffer.from(bytes.subarray(-TRAILER_END.length)).toString("latin1");
  return end === TRAILER_END ? Buffer.concat([bytes, END_MARKER]) : bytes;
}

const RIFF_HEADER_BYTES = 12;
const RIFF_SIZE_AT = 4;
const CHUNK_HEADER_BYTES = 8;
const FLAGS_AT = RIFF_HEADER_BYTES + CHUNK_HEADER_BYTES;
const FLAG_ANIMATION = 2;

/**
 * A WebP up to its last whole chunk, of an animation up to its first frame, with the length that it
 * has. libwebp refuses a file with a wrong length, or with one broken frame.
 */
function asWholeWebp(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  const isExtended = tag(RIFF_HEADER_BYTES) === "VP8X";
  const animated = isExtended && (view.getUint8(FLAGS_AT) & FLAG_ANIMATION) !== 0;
  const stated = view.getUint32(RIFF_SIZE_AT, true) + CHUNK_HEADER_BYTES;
  let whole = RIFF_HEADER_BYTES;
  for (let at = whole; at + CHUNK_HEADER_BYTES <= Math.min(stated, bytes.length); ) {
    const end = at + CHUNK_HEADER_BYTES + view.getUint32(at + 4, true);
    if (end > Math.min(stated, bytes.length)) break;
    whole = end;
    if (animated && tag(at) === "ANMF") break;
    at = end + (end % 2);
  }
  const padded = whole + (whole % 2);
  if (padded === stated) return bytes;
  const file = Buffer.alloc(padded);
  file.set(bytes.subarray(0, whole));
  file.writeUInt32LE(padded - CHUNK_HEADER_BYTES, RIFF_SIZE_AT);
  return file;
}
