/** Layout of an I420 frame: planes Y, U, V one after another, without padding. */
import type { Size } from "./size.js";

/** Bytes of one frame; both sides are even. */
export function i420Bytes({ width, height }: Size): number {
  return (width * height * 3) / 2;
}
