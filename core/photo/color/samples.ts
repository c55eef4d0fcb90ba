/** Decoded samples, as libraries give them. */

/** Interleaved samples of 8 or 16 bits, without padding. */
export interface Samples {
  readonly data: Uint8Array | Uint16Array;
  /** 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA. */
  readonly channels: 1 | 2 | 3 | 4;
  /** How many of 16 bits are used, from the highest on (default all): white has all of them set. */
  readonly usedBits?: number;
}

/** The sample of white, and of full opacity. */
export function whiteOf({ data, usedBits = 16 }: Samples): number {
  return data instanceof Uint8Array ? 255 : 65_536 - 2 ** (16 - usedBits);
}
