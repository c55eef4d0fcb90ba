/** Which changes of its origin give a depth map another cache key. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Fields, sectionParameters } from "../../core/spec/fields.js";
import { resolveDepth } from "../../core/spec/resolve-depth.js";
import { tenantOfCacheEntry } from "../../pipeline/topology/names.js";
import { cacheKey, type MapOrigin, NOT_IN_KEY } from "./cache.js";

const ORIGIN: MapOrigin = {
  tenant: "default",
  photoSha256: "a".repeat(64),
  sourceSha256: "b".repeat(64),
  options: resolveDepth(new Fields({})),
  longSidePixels: 1024,
};

test("the same origin has the same key, whatever else its depth options hold", () => {
  const spec = { ...resolveDepth(new Fields({})), map: { polarity: "near-is-white" } as const };
  assert.equal(cacheKey(ORIGIN), cacheKey({ ...ORIGIN, options: spec }));
  assert.match(cacheKey(ORIGIN), /^[0-9a-f]{64}$/);
});

test("another tenant, photo, model, size or version gives another key", () => {
  const others: MapOrigin[] = [
    { ...ORIGIN, tenant: "acme" },
    { ...ORIGIN, photoSha256: "c".repeat(64) },
    { ...ORIGIN, sourceSha256: "c".repeat(64) },
    { ...ORIGIN, longSidePixels: 512 },
  ];
  const keys = new Set([ORIGIN, ...others].map((origin) => cacheKey(origin)));
  keys.add(cacheKey(ORIGIN, 1));
  assert.equal(keys.size, others.length + 2);
});

test("a key tells its tenant, and that of the default tenant is a bare hash", () => {
  const key = cacheKey({ ...ORIGIN, tenant: "acme-2" });
  assert.match(key, /^acme-2_[0-9a-f]{64}$/);
  assert.equal(tenantOfCacheEntry(key), "acme-2");
  assert.equal(tenantOfCacheEntry(cacheKey(ORIGIN)), "default");
});

test("a map with the defaults of an own map is not found for an estimate, nor the reverse", () => {
  const own = resolveDepth(new Fields({}), {});
  assert.notEqual(cacheKey({ ...ORIGIN, options: own }), cacheKey(ORIGIN));
  const stretched = resolveDepth(new Fields({ edges: "stretch" }));
  assert.notEqual(cacheKey({ ...ORIGIN, options: stretched }), cacheKey(ORIGIN));
});

test("every depth option of a job is part of the key, unless it is left out by name", () => {
  const keys = new Set([cacheKey(ORIGIN)]);
  const counted = sectionParameters("depth").filter(
    ([key]) => !(NOT_IN_KEY as ReadonlySet<string>).has(key),
  );
  for (const [key, { defaultValue }] of counted) {
    const other = typeof defaultValue === "boolean" ? !defaultValue : Number(defaultValue) + 0.5;
    keys.add(cacheKey({ ...ORIGIN, options: { ...ORIGIN.options, [key]: other } }));
  }
  assert.equal(keys.size, counted.length + 1);
});
