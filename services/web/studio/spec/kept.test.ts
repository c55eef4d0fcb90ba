import assert from "node:assert/strict";
import { test } from "node:test";
import { readKept } from "./kept.js";

const PHOTO = { fileName: "a.jpg", sizeBytes: 7, upload: "uploads/u1" };

test("what was kept is found again", () => {
  const spec = { camera: { preset: "arc" } };
  assert.deepEqual(readKept(JSON.stringify({ spec, photo: PHOTO })), { spec, photo: PHOTO });
  assert.deepEqual(readKept(JSON.stringify({ spec })), { spec });
});

test("what cannot be read is as if nothing was kept", () => {
  assert.equal(readKept(null), undefined);
  assert.equal(readKept("{"), undefined);
  assert.equal(readKept("[]"), undefined);
  assert.equal(readKept('{"spec":7}'), undefined);
  assert.deepEqual(readKept('{"photo":{"fileName":"a.jpg"}}'), { spec: {} });
});
