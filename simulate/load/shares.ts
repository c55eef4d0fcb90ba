/** A choice at random, by shares. */
import type { Random } from "../engine/random.js";

/** Throws RangeError unless a share is above 0 and none below. */
export function chooser<T>(shares: readonly (readonly [value: T, share: number])[]) {
  const sum = shares.reduce((total, [, share]) => total + share, 0);
  if (!(sum > 0) || shares.some(([, share]) => share < 0))
    throw new RangeError(`shares of ${shares.map(([, share]) => share).join(", ")}`);
  const last = shares[shares.length - 1] as readonly [T, number];
  return (random: Random): T => {
    let left = random() * sum;
    for (const [value, share] of shares) {
      left -= share;
      if (left < 0) return value;
    }
    return last[0];
  };
}
