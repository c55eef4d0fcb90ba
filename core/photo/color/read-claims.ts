/** The color claims of a photo of any format. */
import { ByteReader } from "../byte-reader.js";
import type { PhotoFormat } from "../format.js";
import type { ColorClaims } from "./claims.js";
import { exifClaim } from "./exif-claims.js";
import { heifClaims } from "./heif-claims.js";
import { pngClaims } from "./png-claims.js";

/** What the decoder has found in the file. */
export interface FoundMetadata {
  /** Whether there is an ICC profile. */
  readonly hasProfile: boolean;
  /** The EXIF payload. */
  readonly exif?: Uint8Array | undefined;
}

/** `bytes` have passed the structure check; otherwise the errors of that check may be thrown. */
export function colorClaims(
  bytes: Uint8Array,
  format: PhotoFormat,
  { hasProfile, exif }: FoundMetadata,
): ColorClaims {
  if (format === "png") return pngClaims(bytes);
  if (format === "avif" || format === "heic")
    return heifClaims(new ByteReader(bytes, format, "big"));
  const profile = hasProfile ? ([{ source: "ICC" }] as const) : [];
  // Only cameras write the color space into EXIF, and they write JPEG files. Programs that convert
  // such a photo to another format often copy its EXIF unchanged.
  const byCamera = format === "jpeg" && exif ? exifClaim(exif) : undefined;
  return { claims: byCamera ? [...profile, byCamera] : profile, premultiplied: false };
}
