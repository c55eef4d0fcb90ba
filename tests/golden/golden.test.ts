/** Frames look as they did when their hashes were stored. `npm run golden` stores them anew, after a look at them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { differingBits } from "./hash.js";
import { drawnHashes, storedHashes } from "./stored.js";

/** Of 1728. The coarsest mesh instead of the finest moves up to 11; another effect, camera or scene moves more than 20. */
const MAX_BITS = 20;

const drawn = await drawnHashes();

test("every golden frame looks as it did", () => {
  const stored = storedHashes();
  assert.deepEqual(Object.keys(drawn), Object.keys(stored));
  for (const [name, hash] of Object.entries(stored)) {
    const bits = differingBits(drawn[name] ?? "", hash);
    assert.ok(bits <= MAX_BITS, `${name}: ${bits} bits differ, ${MAX_BITS} may`);
  }
});

test("the hashes tell every two of the frames apart", () => {
  const all = Object.entries(drawn);
  for (const [i, [name, hash]] of all.entries()) {
    for (const [other, otherHash] of all.slice(i + 1)) {
      const bits = differingBits(hash, otherHash);
      assert.ok(bits > MAX_BITS, `${name} and ${other}: ${bits} bits`);
    }
  }
});
