import assert from "node:assert/strict";
import { test } from "node:test";
import { routeOf } from "./route-of.js";

test("an address names a page and what it shows", () => {
  assert.deepEqual(routeOf("#/jobs/01j%20a"), { page: "jobs", rest: ["01j a"] });
  assert.deepEqual(routeOf("#/errors/IMAGE_CORRUPT"), { page: "errors", rest: ["IMAGE_CORRUPT"] });
  assert.deepEqual(routeOf("#/mesh"), { page: "mesh", rest: [] });
});

test("an unknown or broken address leads to the photo or shows what it says", () => {
  for (const hash of ["", "#", "#/", "#/photo", "#/nowhere/1", "#/%E0%A4%A"]) {
    assert.deepEqual(routeOf(hash), { page: "photo", rest: [] }, hash);
  }
  assert.deepEqual(routeOf("#/jobs/%E0"), { page: "jobs", rest: ["%E0"] });
});
