/** The id of a mesh. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryBucket } from "../../testing/mesh/memory-bucket.js";
import { meshId } from "./mesh-id.js";

test("all gateways of a mesh find the same id, another mesh has another one", async () => {
  const bucket = new MemoryBucket();
  const ids = await Promise.all(Array.from({ length: 4 }, () => meshId(bucket)));
  assert.equal(new Set([...ids, await meshId(bucket)]).size, 1);
  assert.notEqual(await meshId(new MemoryBucket()), ids[0]);
});
