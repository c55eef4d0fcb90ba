/** Which names in a bucket are generations, and which of them have been replaced long ago. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Generation,
  isGeneration,
  keyOfName,
  newName,
  replacedBefore,
} from "./s3-generations.js";

const isOurs = (name: string) => isGeneration({ name, key: keyOfName(name) });

test("names of generations are told from those of others", () => {
  for (const key of ["blobs/a", "quarantine/j/photo", "incoming/i", "uploads/u/p", "puts/u"]) {
    assert.ok(isOurs(newName(key)), key);
  }
  for (const name of ["backup/1.tar", "backup/0", "incoming/x/1", "blobs/a", "", "/", "a/b-c"]) {
    assert.ok(!isOurs(name), name);
  }
});

test("a generation goes when the one that has replaced it is old, not when it is old itself", () => {
  const at = (modifiedAtMs: number): Generation => ({
    ...{ key: "k", name: `k/${modifiedAtMs}`, sizeBytes: 1 },
    modifiedAtMs,
  });
  const gone = (beforeMs: number, ...times: number[]) =>
    replacedBefore(times.map(at), beforeMs).map(({ modifiedAtMs }) => modifiedAtMs);
  assert.deepEqual(gone(10, 1, 2, 3), [1, 2]);
  assert.deepEqual(gone(10, 1, 2, 3, 12, 13), [1, 2], "3 was replaced by 12");
  assert.deepEqual(gone(10, 1, 12), []);
  assert.deepEqual(gone(10, 12, 13), []);
  assert.deepEqual(gone(10), []);
});
