import assert from "node:assert/strict";
import { test } from "node:test";
import { PreviewPlaces } from "./preview-places.js";

test("a tenant has three quarters of the places, and all tenants have all", () => {
  const places = new PreviewPlaces("sessions", 4);
  const leave = [1, 2, 3].map(() => places.enter("one"));
  assert.throws(() => places.enter("one"), { reason: "RATE_LIMITED" });
  const last = places.enter("two");
  assert.throws(() => places.enter("three"), { reason: "RATE_LIMITED" });
  last();
  last();
  places.enter("three");
  assert.throws(() => places.enter("two"), { reason: "RATE_LIMITED" });
  leave[0]?.();
  places.enter("one");
});

test("one place is for whoever comes first", () => {
  const places = new PreviewPlaces("sessions", 1);
  const leave = places.enter("one");
  assert.throws(() => places.enter("two"), { reason: "RATE_LIMITED" });
  leave();
  places.enter("two");
});
