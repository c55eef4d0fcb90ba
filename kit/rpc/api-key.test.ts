import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { hashOfApiKey, isKeyId, isSameHash, keyIdIn, newApiKey, prefixOf } from "./api-key.js";

test("a key names its id, and two keys of one moment differ in both parts", () => {
  const [first, second] = [newApiKey(1_000), newApiKey(1_000)];
  for (const { id, key, hash } of [first, second]) {
    assert.ok(isKeyId(id), id);
    assert.equal(keyIdIn(key), id);
    assert.ok(key.startsWith(`${prefixOf(id)}_`));
    assert.equal(hash, createHash("sha256").update(key).digest("hex"));
  }
  assert.notEqual(first.id, second.id);
  assert.notEqual(first.key.split("_")[2], second.key.split("_")[2]);
});

test("ids sort by the second in which they were made", () => {
  const times = [0, 1_000, 31_000, 32_000, Date.UTC(2026, 0, 1), Date.UTC(2999, 0, 1)];
  const ids = times.map((ms) => newApiKey(ms).id);
  assert.deepEqual([...ids].sort(), ids);
});

test("only the exact form is a key", () => {
  const { key } = newApiKey();
  const others = ["", "dm_", `${key}x`, key.slice(1), key.slice(0, -1), ` ${key}`, `${key}\n`];
  others.push(key.toUpperCase(), key.replace("dm_", "dm-"), key.replace(/.$/, "="), `${key}\u0000`);
  for (const other of others) assert.equal(keyIdIn(other), undefined, JSON.stringify(other));
});

test("hashes are equal only as a whole", () => {
  const hash = hashOfApiKey("a");
  assert.ok(isSameHash(hash, hashOfApiKey("a")));
  assert.ok(!isSameHash(hash, hashOfApiKey("b")));
  assert.ok(!isSameHash(hash, hash.slice(2)));
  assert.ok(!isSameHash(hash, ""));
});
