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
 * uncompressed, if it has one. Without a claim that can be used, the photo is sRGB; CMYK and Lab
 * pixels can have no other claim than a profile, and a color engine knows them without one.
 */
export function resolveColor(
  { claims, premultiplied }: ColorClaims,
  profile: Uint8Array | undefined,
  components: Components,
): PhotoColor {
  const ignored: ClaimSource[] = [];
  const isScreen = components === "rgb" || components === "gray";
  for (const { source, space } of claims) {
    if (source !== "ICC" && !isScreen) continue;
    if (space) return { space, byProfile: false, premultiplied, ignored };
    const described = source === "ICC" ? profileColor(profile, components) : undefined;
    if (described) return { ...described, premultiplied, ignored };
    ignored.push(source);
  }
  return { space: SRGB, byProfile: false, premultiplied, ignored };
}

function profileColor(profile: Uint8Array | undefined, components: Components) {
  const reading = profile && readProfile(profile);
  if (!reading) return undefined;
  const { space } = reading;
  // Color engines do not know the code points in a profile, which say more than its curves.
  if (reading.components === components)
    return { space, byProfile: !(space && isHdr(space.transfer)) };
  // Color engines refuse the profile of a screen for gray pixels, which stay gray by it.
  const isGrayOfScreen = components === "gray" && reading.components === "rgb" && space;
  return isGrayOfScreen ? { space, byProfile: false } : undefined;
}
