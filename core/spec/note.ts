/**
 * Notes: what a caller should know about a result that was made in spite of a problem. The table
 * defines every code once; docs/errors.md is generated from it.
 */
import { hasAspectOf, type Size } from "../geometry/size.js";
export const NOTES = {
  PHOTO_SCALED: "the photo is larger than the graphics driver allows, so it was scaled down",
  DEPTH_SCALED: "the depth map is larger than the graphics driver allows, so it was scaled down",
  DEPTH_STRETCHED:
    "the depth map has another aspect ratio than the photo, so it was stretched over the photo",
  DEPTH_FLAT:
    "the depth map has the same value everywhere, so nothing moves relative to anything else",
  DEPTH_EMBEDDED:
    "the camera had put a depth map into the photo, which was used in place of an estimate",
  DEPTH_MAP_ORIENTATION:
    "the files do not say how the depth map lies on the photo, so it was guessed; depth.map.orientation says it",
  DEPTH_MAP_LOSSY:
    "the depth map is a JPEG, whose compression leaves steps and blurred edges; PNG has neither",
  CAMERA_WEAKENED:
    "the camera would have hidden or stretched more of this photo than its limits allow, so its depth was reduced",
  DEPTH_DEGRADED: "the best way to make the depth map failed, so a simpler one was used",
  SSAA_LOWERED:
    "the graphics driver cannot draw such a large picture, so the supersampling was lowered",
  OUTPUT_LARGE:
    "an animated picture of this size and length is a large file; a smaller size, a shorter clip or max_size_bytes makes it smaller",
  OUTPUT_REDUCED: "the animated picture was made smaller, to keep to its largest size",
  CUTOUT_CHOSEN:
    "the depth map decided where the foreground begins; clip.cutout_disparity sets another disparity",
  PICTURE_REDUCED: "a picture was made smaller, so that the answer fits into one message",
  ENCODED_IN_SOFTWARE: "no hardware encoder could make this output, so software encoded it",
  COLOR_TONE_MAPPED:
    "the photo has a high dynamic range, which was mapped to the range that sRGB can show",
  COLOR_DECLARATION_IGNORED:
    "the photo declares its colors in a way that cannot be used, so that declaration was ignored",
} as const;

export type NoteCode = keyof typeof NOTES;

/** Notes that follow from the input alone: the same job would get them again. */
const OF_THE_INPUT: ReadonlySet<string> = new Set<NoteCode>([
  "DEPTH_STRETCHED",
  "DEPTH_FLAT",
  "DEPTH_EMBEDDED",
  "DEPTH_MAP_ORIENTATION",
  "DEPTH_MAP_LOSSY",
  "CAMERA_WEAKENED",
  "OUTPUT_LARGE",
  "OUTPUT_REDUCED",
  "CUTOUT_CHOSEN",
  "COLOR_TONE_MAPPED",
  "COLOR_DECLARATION_IGNORED",
]);

/** Whether the note says that a result has a lower quality than the mesh can reach. */
export function isOfLesserWay({ code }: { readonly code: string }): boolean {
  return !OF_THE_INPUT.has(code);
}

export interface Note {
  readonly code: NoteCode;
  readonly message: string;
  /** Limits and actual values, with units in the keys. */
  readonly metadata: Readonly<Record<string, string>>;
}

export function note(code: NoteCode, metadata: Record<string, string>): Note {
  return { code, message: NOTES[code], metadata };
}

/** A note if `map` has another aspect ratio than `photo`, over which it is stretched. */
export function stretchNote(map: Size, photo: Size): Note | undefined {
  if (hasAspectOf(map, photo)) return undefined;
  return note("DEPTH_STRETCHED", { depth_size: shown(map), photo_size: shown(photo) });
}

/** One fallback: a simpler way to make the depth map that was used because a better one failed. */
export interface Degradation {
  /** The way that failed and the one used instead, as text for people. */
  readonly from: string;
  readonly to: string;
  /** Reason of the error for a caller who forbids fallbacks. */
  readonly reason: string;
  /** What exactly went wrong, as one word for programs. */
  readonly detail: string;
}

export function degradationNote({ from, to, reason, detail }: Degradation): Note {
  return note("DEPTH_DEGRADED", { from, to, reason, detail });
}

const shown = ({ width, height }: Size) => `${width}×${height}`;
