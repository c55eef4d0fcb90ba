/** A photo's size as people see it. */
import type { Size } from "../geometry/size.js";
import type { PhotoStructure } from "./structure.js";

/** Width and height once the orientation is applied, in pixels: the EXIF numbers from 5 on turn by a quarter. */
export function uprightSize({ widthPixels, heightPixels, orientation }: PhotoStructure): Size {
  return orientation >= 5
    ? { width: heightPixels, height: widthPixels }
    : { width: widthPixels, height: heightPixels };
}
