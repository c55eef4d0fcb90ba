/** What a caller should know of a result that was made all the same: every code once, the docs are made from it. */
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
