/**
 * What a file claims about its colors, and which claim counts. Each format's reader gives the
 * claims in the order of precedence of its standard.
 */
import { type ColorSpace, SRGB } from "./color-space.js";
import { type Components, readProfile } from "./icc.js";
import { isHdr } from "./transfer.js";

/** The part of a file that makes a claim; the words are those of the standards. */
export type ClaimSource = "cICP" | "ICC" | "sRGB" | "gAMA" | "nclx" | "EXIF";

export interface ColorClaim {
  readonly source: ClaimSource;
  /** Undefined: the ICC profile itself says it, or the claim names a space that cannot be used. */
  readonly space?: ColorSpace;
}

export interface ColorClaims {
  /** The first that can be used counts. */
  readonly claims: readonly ColorClaim[];
  /** Whether the colors are stored multiplied by alpha. */
  readonly premultiplied: boolean;
}

export interface PhotoColor {
  /** What the samples mean. Undefined if only the tables of the ICC profile say it. */
  readonly space: ColorSpace | undefined;
  /** Whether that is the word of the ICC profile, so that a color engine can apply it. */
  readonly byProfile: boolean;
  readonly premultiplied: boolean;
  /** Claims that came first and could not be used. */
  readonly ignored: readonly ClaimSource[];
}

/**
 * The color of a photo whose decoded pixels have `components`. `profile` is its ICC profile,
 * uncompressed, if it has one. Without a claim that can be used, the photo is sRGB.
 */
export function resolveColor(
  { claims, premultiplied }: ColorClaims,
  profile: Uint8Array | undefined,
  components: Components,
): PhotoColor {
  const ignored: ClaimSource[] = [];
  for (const { source, space } of claims) {
    const isOfProfile = source === "ICC" && space === undefined;
    const reading = isOfProfile ? usableProfile(profile, components) : space && { space };
    if (!reading) {
      ignored.push(source);
      continue;
    }
    // Color engines do not know the code points in a profile, which say more than its curves.
    const isHdrProfile = reading.space !== undefined && isHdr(reading.space.transfer);
    const byProfile = source === "ICC" && !isHdrProfile;
    return { space: reading.space, byProfile, premultiplied, ignored };
  }
  return { space: SRGB, byProfile: false, premultiplied, ignored };
}

function usableProfile(profile: Uint8Array | undefined, components: Components) {
  const reading = profile && readProfile(profile);
  return reading?.components === components ? reading : undefined;
}
