/** `npm run bench -- render-soak` in short: sixty small jobs leave no GL object behind. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openDisplay } from "../../services/render/display.js";
import { Renderer } from "../../services/render/renderer.js";
import { soakJob } from "./soak.js";

test("sixty jobs of several sizes and effects leave no GL object behind", async () => {
  const display = await openDisplay((why) => assert.fail(why));
  const renderer = await Renderer.start((why) => assert.fail(why));
  await soakJob(renderer, 0);
  const before = await renderer.objectCounts();
  for (let job = 1; job <= 60; job++) await soakJob(renderer, job);
  assert.deepEqual(await renderer.objectCounts(), before);
  await renderer.stop();
  display.close();
});
