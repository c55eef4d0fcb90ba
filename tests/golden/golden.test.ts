/**
 * The golden frames are drawn as they were when their hashes were stored. After an intended change,
 * check the frames and store new hashes with `npm run golden`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { differingBits } from "./hash.js";
import { drawnHashes, storedHashes } from "./stored.js";

/**
 * How many of a hash's 1728 bits may differ. Drivers differ in a few; the coarsest mesh instead of
 * the finest changes up to 11, another effect, camera or scene more than 20.
 */
const MAX_BITS = 20;

const drawn = await drawnHashes();

test("every golden frame matches its stored hash", () => {
  const stored = storedHashes();
  assert.deepEqual(Object.keys(drawn), Object.keys(stored));
  for (const [name, hash] of Object.entries(stored)) {
    const bits = differingBits(drawn[name] ?? "", hash);
    assert.ok(bits <= MAX_BITS, `${name}: ${bits} bits differ, ${MAX_BITS} may`);
  }
});

test("any two golden frames have clearly different hashes", () => {
  const all = Object.entries(drawn);
  for (const [i, [name, hash]] of all.entries()) {
    for (const [other, otherHash] of all.slice(i + 1)) {
      const bits = differingBits(hash, otherHash);
      assert.ok(bits > MAX_BITS, `${name} and ${other}: ${bits} bits`);
    }
  }
});
