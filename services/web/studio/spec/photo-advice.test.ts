import assert from "node:assert/strict";
import { test } from "node:test";
import { adviceFor, isWorthTrying } from "./photo-advice.js";

test("advice where the server's words leave open what to do", () => {
  assert.match(adviceFor("IMAGE_TOO_MANY_PIXELS"), /smaller/);
  assert.match(adviceFor("IMAGE_CORRUPT"), /again/);
  assert.equal(adviceFor("IMAGE_UNSUPPORTED_FORMAT"), "", "the message says how to convert it");
  assert.equal(adviceFor("A_REASON_OF_A_LATER_VERSION"), "");
});

test("a photo that is no photo is not sent again; one that met a busy or absent server is", () => {
  for (const status of [400, 413, 415, 422]) assert.equal(isWorthTrying(status), false);
  for (const status of [0, 404, 429, 500, 503]) assert.equal(isWorthTrying(status), true);
});
