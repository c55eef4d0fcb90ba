/** How much two picture files differ. */
import assert from "node:assert/strict";
import sharp from "sharp";

/** Mean of the absolute differences, in steps of 8 bits; the pictures must have the same size. */
export async function meanDifference(a: Uint8Array, b: Uint8Array): Promise<number> {
  const [first, second] = await Promise.all(
    [a, b].map((file) => sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true })),
  );
  assert.deepEqual(first?.info, second?.info);
  const other = second?.data ?? Buffer.alloc(0);
  const sum = first?.data.reduce((total, v, i) => total + Math.abs(v - (other[i] ?? 0)), 0) ?? 0;
  return sum / other.length;
}
