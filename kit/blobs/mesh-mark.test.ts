/** Two meshes that are given one place in a store. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FileObjects } from "../../testing/blobs/file-objects.js";
import { refusal } from "../../testing/refusal.js";
import { markStore } from "./mesh-mark.js";

test("the gateways of one mesh share a place, another mesh is refused and leaves nothing", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-mark-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const objects = new FileObjects(folder);
  await Promise.all([markStore(objects, "one"), markStore(objects, "one")]);
  for (let start = 0; start < 2; start++) {
    const { reason, message } = await refusal(markStore(objects, "two"));
    assert.equal(reason, "PARAMETER_CONFLICT");
    assert.match(message, /DEPTHMESH_S3_PREFIX.* mesh\/one\//);
  }
  await markStore(objects, "one");
  // As a person does who knows that the mesh is no more.
  await objects.remove("mesh/one");
  await markStore(objects, "two");
});

test("of two meshes that begin together, one at most stays", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-mark-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const objects = new FileObjects(folder);
  const begun = await Promise.allSettled(["one", "two"].map((id) => markStore(objects, id)));
  assert.ok(begun.filter(({ status }) => status === "fulfilled").length <= 1);
});
