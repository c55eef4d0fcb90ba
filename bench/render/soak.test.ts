/** `npm run bench -- render-soak` in short: sixty small jobs leave no GL object behind. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openRenderer } from "../../testing/render/open-renderer.js";
import { soakJob } from "./soak.js";

test("sixty jobs of several sizes and effects leave no GL object behind", async () => {
  const { renderer, close } = await openRenderer();
  await soakJob(renderer, 0);
  const before = await renderer.objectCounts();
  for (let job = 1; job <= 60; job++) await soakJob(renderer, job);
  assert.deepEqual(await renderer.objectCounts(), before);
  await close();
});
