/** Every object that nothing refers to is found by its name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { unreferred } from "./objects-left.js";

const [USED, UNUSED] = ["a".repeat(64), "b".repeat(64)];

test("blobs that no record names, parts of uploads and half-written objects are found", () => {
  const referred = new Set([USED, "job"]);
  const kept = [`p/blobs/${USED}/1-x`, "p/quarantine/job/photo/1-x", "p/mesh/m/1-x"];
  assert.deepEqual(unreferred(kept, "p/", referred), []);
  const gone = "p/quarantine/gone/photo/1-x";
  assert.deepEqual(unreferred([gone], "p/", referred), [`the object ${gone} is left`]);
  const left = [`p/blobs/${UNUSED}/1-x`, "p/uploads/u/n/1-x", "p/incoming/i/1-x"];
  assert.deepEqual(unreferred(left, "p/", referred), [
    `no record names the blob ${UNUSED}`,
    "the object p/uploads/u/n/1-x is left",
    "the object p/incoming/i/1-x is left",
  ]);
});
