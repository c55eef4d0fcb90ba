/** The forms of an expectation. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { differences } from "./match.js";

const fits = (pattern: unknown, actual: unknown) => differences(pattern, actual).length === 0;

test("a map fits to a part, a list to all, and zero to what is absent", () => {
  assert.ok(fits({ a: 1 }, { a: 1, b: 2 }));
  assert.ok(!fits({ a: 1 }, { a: 2 }));
  assert.ok(fits({ a: 12 }, { a: "12" }), "64-bit numbers are texts in JSON");
  assert.ok(fits({ a: false, b: "", c: 0, d: [] }, {}));
  assert.ok(!fits({ a: true }, {}));
  assert.ok(!fits([1], [1, 2]));
  assert.ok(fits([{ a: 1 }, 2], [{ a: 1, b: 1 }, 2]));
});

test("each form can fail", () => {
  assert.ok(fits({ $min: 3 }, "3") && !fits({ $min: 3 }, 2));
  assert.ok(fits({ $max: 3 }, 3) && !fits({ $max: 3 }, "4"));
  assert.ok(fits({ $like: "^jobs/" }, "jobs/1") && !fits({ $like: "^jobs/" }, 1));
  assert.ok(fits({ $size: 2 }, [1, 2]) && !fits({ $size: 2 }, [1]));
  assert.ok(fits({ $has: { a: 1 } }, [{}, { a: 1 }]) && !fits({ $has: { a: 1 } }, [{ a: 2 }]));
  assert.ok(fits({ $set: true }, "x") && !fits({ $set: true }, "") && fits({ $set: false }, 0));
  assert.ok(fits({ $not: { a: 1 } }, { a: 2 }) && !fits({ $not: { a: 1 } }, { a: 1 }));
  assert.throws(() => fits({ $other: 1 }, 1), /no form \$other/);
});

test("a difference names its place, both values, and is short", () => {
  assert.deepEqual(differences({ a: [{ b: 1 }] }, { a: [{ b: 2 }] }), [
    "result.a[0].b is 2, expected 1",
  ]);
  assert.ok((differences(1, "x".repeat(9999))[0] ?? "").length < 300);
});
