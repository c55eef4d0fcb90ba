/**
 * A perceptual hash of a frame: similar frames differ in few bits, blurred or graded ones in many.
 */
import type { Size } from "../../core/geometry/size.js";
import { type Block, blocksOf, type Plane, planesOf } from "../../testing/encode/i420-frames.js";

/** Blocks per side of the luma plane and of each chroma plane. */
const LUMA_BLOCKS = 12;
const CHROMA_BLOCKS = 6;

/**
 * Levels for the difference between the means of neighboring blocks: one bit per level that it
 * exceeds.
 */
const DIFFERENCE_LEVELS = [1, 10];
/** Levels for the standard deviation inside a block, which tells sharp from blurred. */
const DEVIATION_LEVELS = [3, 6, 12, 20];

/**
 * Hexadecimal, eight bits per block: its difference to the right neighbor, its difference to the
 * lower neighbor, and its deviation.
 */
export function frameHash(bytes: Uint8Array, size: Size): string {
  const { y, u, v } = planesOf(bytes, size);
  const digits = [
    ...planeDigits(y, LUMA_BLOCKS),
    ...planeDigits(u, CHROMA_BLOCKS),
    ...planeDigits(v, CHROMA_BLOCKS),
  ];
  return digits.join("");
}

function planeDigits(plane: Plane, side: number): string[] {
  const blocks = blocksOf(plane, side + 1, side + 1);
  const at = (column: number, row: number): Block =>
    blocks[row * (side + 1) + column] ?? { mean: 0, deviation: 0 };
  const digits: string[] = [];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const own = at(column, row);
      const bits = [
        ...exceeded(own.mean - at(column + 1, row).mean, DIFFERENCE_LEVELS),
        ...exceeded(own.mean - at(column, row + 1).mean, DIFFERENCE_LEVELS),
        ...exceeded(own.deviation, DEVIATION_LEVELS),
      ];
      digits.push(Number.parseInt(bits.join(""), 2).toString(16).padStart(2, "0"));
    }
  }
  return digits;
}

const exceeded = (value: number, levels: readonly number[]) =>
  levels.map((level) => (value > level ? 1 : 0));

/** The number of bits in which two hashes of the same length differ. */
export function differingBits(a: string, b: string): number {
  if (a.length !== b.length) throw new Error(`hashes of ${a.length} and ${b.length} digits`);
  let bits = 0;
  for (let i = 0; i < a.length; i++) {
    let both = Number.parseInt(a[i] ?? "", 16) ^ Number.parseInt(b[i] ?? "", 16);
    for (; both; both >>= 1) bits += both & 1;
  }
  return bits;
}
