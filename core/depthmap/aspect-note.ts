/** What a caller is told about a map that does not lie on the photo as it is. */
import type { Size } from "../clip/size.js";

/** Aspects that differ by less come from rounding a small map's sides. */
const TOLERANCE = 0.01;

/** A sentence where `map` has another aspect than `photo` and is stretched to it. */
export function aspectNote(map: Size, photo: Size): string | undefined {
  const ratio = map.width / map.height / (photo.width / photo.height);
  if (Math.abs(ratio - 1) <= TOLERANCE) return undefined;
  const shape = (size: Size) => `${size.width}×${size.height}`;
  return `the depth map of ${shape(map)} was stretched to the photo's aspect, ${shape(photo)}`;
}
