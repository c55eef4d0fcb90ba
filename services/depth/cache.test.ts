/** Which changes of its origin give a depth map another cache key. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Fields } from "../../core/spec/fields.js";
import { resolveDepth } from "../../core/spec/resolve-depth.js";
import { cacheKey, type MapOrigin } from "./cache.js";

const ORIGIN: MapOrigin = {
  tenant: "default",
  photoSha256: "a".repeat(64),
  sourceSha256: "b".repeat(64),
  options: resolveDepth(new Fields({})),
  longSidePixels: 1024,
};

test("the same origin has the same key, whatever else its spec says", () => {
  const spec = { ...resolveDepth(new Fields({})), map: { polarity: "near-is-white" } as const };
  assert.equal(cacheKey(ORIGIN), cacheKey({ ...ORIGIN, options: spec }));
  assert.match(cacheKey(ORIGIN), /^[0-9a-f]{64}$/);
});

test("another tenant, photo, model, size, option or version has another", () => {
  const others: MapOrigin[] = [
    { ...ORIGIN, tenant: "acme" },
    { ...ORIGIN, photoSha256: "c".repeat(64) },
    { ...ORIGIN, sourceSha256: "c".repeat(64) },
    { ...ORIGIN, longSidePixels: 512 },
    ...[
      { rangeLowPercent: 2 },
      { rangeHighPercent: 98 },
      { invert: true },
      { edgeRefinement: 0.5 },
      { fattenPixels: 1 },
      { smoothingPixels: 1 },
    ].map((change) => ({ ...ORIGIN, options: { ...ORIGIN.options, ...change } })),
  ];
  const keys = new Set([ORIGIN, ...others].map((origin) => cacheKey(origin)));
  keys.add(cacheKey(ORIGIN, 1));
  assert.equal(keys.size, others.length + 2);
});
