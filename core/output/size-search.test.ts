/** The steps by which a picture is made smaller, and the search for the first that fits. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mostEncodes, searchSize, sizeSteps } from "./size-search.js";
import type { OutputSpec } from "./spec.js";

const WEBP: OutputSpec = {
  name: "video.webp",
  container: "webp",
  codec: "webp",
  pixelFormat: "yuv420p",
  quality: 90,
  repeat: 1,
  acceleration: "auto",
};

test("the first step is the picture as requested, and no later one is larger or better", () => {
  for (const width of [64, 192, 640, 4096]) {
    const steps = sizeSteps(WEBP, { width, height: width / 2 }, 30);
    assert.deepEqual(steps[0], { maxLongestSide: width, maxFrameRate: 30, quality: 90 });
    assert.ok(mostEncodes(steps.length) <= 7);
    for (const [i, step] of steps.entries()) {
      const before = steps[i - 1] ?? step;
      assert.ok(step.maxLongestSide <= before.maxLongestSide && step.maxLongestSide >= 64);
      assert.ok(step.maxFrameRate <= before.maxFrameRate && step.maxFrameRate >= 15);
      assert.ok((step.quality ?? 0) <= (before.quality ?? 0) && (step.quality ?? 0) >= 40);
    }
  }
  const slow = sizeSteps({ ...WEBP, quality: 20 }, { width: 640, height: 480 }, 10);
  assert.ok(slow.every(({ quality, maxFrameRate }) => quality === 20 && maxFrameRate === 10));
});

test("the search finds the first step that fits, with few encodes", async () => {
  const sizes = Array.from({ length: 58 }, (_, i) => Math.round(1e6 * 0.9 ** i));
  for (const limit of [2e6, 1e6, 999_999, 500_000, 40_000, (sizes.at(-1) ?? 0) + 1]) {
    const tried: number[] = [];
    const found = await searchSize(sizes.length, limit, async (index) => {
      tried.push(index);
      return sizes[index] ?? 0;
    });
    const first = sizes.findIndex((size) => size <= limit);
    assert.deepEqual(found, { index: first, sizeBytes: sizes[first], encodes: tried.length });
    assert.ok(tried.length <= mostEncodes(sizes.length));
  }
});

test("where nothing fits, the smallest file is told", async () => {
  const found = await searchSize(10, 5, async (index) => 100 - index);
  assert.deepEqual([found.index, found.sizeBytes], [-1, 91]);
});
