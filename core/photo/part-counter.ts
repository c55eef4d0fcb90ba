/**
 * Bounds the work of a structure check: files have few parts, unless they are meant to cost time.
 */
import type { PhotoFormat } from "./format.js";
import { corrupt } from "./format.js";

/** Chunks, boxes, segments or blocks of one file. Encoders write some thousands at most. */
const MAX_PARTS = 262_144;
/** A check pauses after this many parts: less than a tenth of a millisecond. */
const PARTS_OF_A_STEP = 128;

export class PartCounter {
  readonly #format: PhotoFormat;
  readonly #most: number;
  #parts = 0;

  constructor(format: PhotoFormat, most = MAX_PARTS) {
    this.#format = format;
    this.#most = most;
  }

  /** Counts one part and tells whether it is time to yield. Throws IMAGE_CORRUPT for too many. */
  next(): boolean {
    this.#parts += 1;
    if (this.#parts > this.#most) {
      throw corrupt(this.#format, `it has more than ${this.#most} parts`);
    }
    return this.#parts % PARTS_OF_A_STEP === 0;
  }
}
