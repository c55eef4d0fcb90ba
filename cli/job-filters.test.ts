/** Labels and points in time as people write them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addLabel, parseSince } from "./job-filters.js";

const REFUSED = { reason: "PARAMETER_OUT_OF_RANGE" };

test("a label is a key and a value, which may be empty and may have an equals sign", () => {
  const one = addLabel("album=sea", {});
  assert.deepEqual(addLabel("photo=a=b", one), { album: "sea", photo: "a=b" });
  assert.deepEqual(addLabel("album=", one), { album: "" });
  for (const text of ["album", "=sea", ""]) assert.throws(() => addLabel(text, {}), REFUSED);
});

test("since takes an age, and a point in time with its zone", () => {
  const hourMs = 3_600_000;
  const since = parseSince("2h").getTime();
  const ago = Date.now() - since;
  assert.ok(ago >= 2 * hourMs && ago < 2 * hourMs + 10_000, String(ago));
  assert.equal(parseSince("2026-01-31T18:00Z").toISOString(), "2026-01-31T18:00:00.000Z");
  for (const text of ["2", "yesterday", "2026-01-31T18:00", ""]) {
    assert.throws(() => parseSince(text), REFUSED, text);
  }
});
