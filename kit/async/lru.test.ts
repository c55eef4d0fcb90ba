import assert from "node:assert/strict";
import { test } from "node:test";
import { Lru } from "./lru.js";

test("keeps what was used last within its capacity", () => {
  const kept = new Lru<number>(10);
  kept.set("a", 1, 4);
  kept.set("b", 2, 4);
  assert.equal(kept.get("a"), 1);
  kept.set("c", 3, 4);
  assert.deepEqual(
    ["a", "b", "c"].map((key) => kept.get(key)),
    [1, undefined, 3],
  );
  assert.equal(kept.weight, 8);
});

test("a value that is too heavy is not kept, and a new one replaces an old one of its key", () => {
  const kept = new Lru<number>(10);
  kept.set("a", 1, 4);
  kept.set("a", 2, 6);
  assert.equal(kept.get("a"), 2);
  assert.equal(kept.weight, 6);
  kept.set("a", 3, 11);
  assert.equal(kept.get("a"), undefined);
  assert.equal(kept.weight, 0);
});
