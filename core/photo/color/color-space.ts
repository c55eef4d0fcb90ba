/** The color space of a photo, as one value, whatever part of the file has declared it. */
import { PRIMARIES_BY_CODE, type Primaries, SRGB_PRIMARIES, samePrimaries } from "./primaries.js";
import { TRANSFER_BY_CODE, type Transfer } from "./transfer.js";

export interface ColorSpace {
  readonly primaries: Primaries;
  readonly transfer: Transfer;
  /** narrow: black is 16 and white 235 of 255, as in video. */
  readonly range: "full" | "narrow";
}

export const SRGB: ColorSpace = {
  primaries: SRGB_PRIMARIES,
  transfer: { kind: "srgb" },
  range: "full",
};

/**
 * The space of a pair of code points (ITU-T H.273), of a full range. "Unspecified" (2) is the part
 * of sRGB. Undefined if one of them is reserved or cannot be used here.
 */
export function codedSpace(primaries: number, transfer: number): ColorSpace | undefined {
  const knownPrimaries = primaries === UNSPECIFIED ? SRGB.primaries : PRIMARIES_BY_CODE[primaries];
  const knownTransfer = transfer === UNSPECIFIED ? SRGB.transfer : TRANSFER_BY_CODE[transfer];
  if (!knownPrimaries || !knownTransfer) return undefined;
  return { primaries: knownPrimaries, transfer: knownTransfer, range: "full" };
}

const UNSPECIFIED = 2;

/** Whether the samples can be shown as they are. */
export function isSrgb({ primaries, transfer, range }: ColorSpace): boolean {
  return range === "full" && transfer.kind === "srgb" && samePrimaries(primaries, SRGB_PRIMARIES);
}
