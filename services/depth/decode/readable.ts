/** A photo's file in the form that libvips reads. */
import type { SoundFile } from "./damage.js";
import { heicAsTiff } from "./heic.js";

/**
 * The bytes of `file`, or others with the same picture where libvips cannot read them. Throws
 * LibraryError.
 */
export function readableByLibvips({ format, bytes }: SoundFile): Uint8Array {
  if (format === "heic") return heicAsTiff(bytes);
  if (format === "avif") return asStillAvif(bytes);
  return bytes;
}

const BRAND_AT = 8;

/**
 * libvips looks at the major brand only and knows "avif", not "avis", the brand of an image
 * sequence. What it reads, the primary item, is the same.
 */
function asStillAvif(bytes: Uint8Array): Uint8Array {
  const brand = String.fromCharCode(...bytes.subarray(BRAND_AT, BRAND_AT + 4));
  if (brand === "avif") return bytes;
  const still = Buffer.from(bytes);
  still.write("avif", BRAND_AT, "latin1");
  return still;
}
