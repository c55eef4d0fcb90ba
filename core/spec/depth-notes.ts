/** What a caller should know of a depth map: that it lies otherwise on the photo, or was made otherwise, than was asked for. */
import type { Size } from "../geometry/size.js";
import { type Note, note } from "./note.js";

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
