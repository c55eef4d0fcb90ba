/**
 * Notes: what a caller should know about a result that was made in spite of a problem. The table defines every
 * code once; docs/errors.md is generated from it.
 */
import type { Size } from "../geometry/size.js";
export const NOTES = {
  PHOTO_SCALED: "the photo is larger than the graphics driver takes: it was scaled down",
  DEPTH_SCALED: "the depth map is larger than the graphics driver takes: it was scaled down",
  DEPTH_STRETCHED:
    "the depth map has another aspect than the photo: it was stretched over the whole photo",
  DEPTH_FLAT: "the depth map has one value everywhere: nothing moves against anything",
  DEPTH_DEGRADED: "a better way to make the depth map failed, and a lesser one was taken",
  SSAA_LOWERED: "the graphics driver draws no such large picture: it was supersampled less",
  ENCODED_IN_SOFTWARE: "no hardware encoder could make this output: software made it",
} as const;

export type NoteCode = keyof typeof NOTES;

/** They follow from what was sent, and from nothing that could be better another time. */
const OF_THE_INPUT: ReadonlySet<string> = new Set<NoteCode>(["DEPTH_STRETCHED", "DEPTH_FLAT"]);

/** Whether the note says that a result was made in a lesser way than could be. */
export function isOfLesserWay({ code }: { readonly code: string }): boolean {
  return !OF_THE_INPUT.has(code);
}

export interface Note {
  readonly code: NoteCode;
  readonly message: string;
  /** Limits and actual values, units in the keys. */
  readonly metadata: Readonly<Record<string, string>>;
}

export function note(code: NoteCode, metadata: Record<string, string>): Note {
  return { code, message: NOTES[code], metadata };
}

/** Aspects that differ by less come from sides that were rounded, to a model's grid for example. */
const TOLERANCE = 0.01;

/** A note where `map` has another aspect than `photo`, over which it is stretched. */
export function stretchNote(map: Size, photo: Size): Note | undefined {
  if (hasAspectOf(map, photo)) return undefined;
  return note("DEPTH_STRETCHED", { depth_size: shown(map), photo_size: shown(photo) });
}

/** Within the tolerance, or within what rounding makes of a small map: a pixel on one side at most. */
function hasAspectOf(map: Size, photo: Size): boolean {
  const ratio = map.width / map.height / (photo.width / photo.height);
  const widthOff = Math.abs(map.width - (map.height * photo.width) / photo.height);
  const heightOff = Math.abs(map.height - (map.width * photo.height) / photo.width);
  return Math.abs(ratio - 1) <= TOLERANCE || Math.min(widthOff, heightOff) <= 1;
}

/** One step down that was taken because a better way failed. */
export interface Degradation {
  /** The way that failed and the one taken instead, for people. */
  readonly from: string;
  readonly to: string;
  /** Reason of the error that a caller gets who forbids steps down. */
  readonly reason: string;
  /** What exactly went wrong: one word, for programs. */
  readonly detail: string;
}

export function degradationNote({ from, to, reason, detail }: Degradation): Note {
  return note("DEPTH_DEGRADED", { from, to, reason, detail });
}

const shown = ({ width, height }: Size) => `${width}×${height}`;
