import assert from "node:assert/strict";
import { test } from "node:test";
import { linkOf, specOfLink, specOfText, specText } from "./spec-text.js";

const SPEC = { camera: { preset: "orbital", intensity: 1.5 }, outputs: [{ crf: 22 }] };

test("JSON goes there and back; nothing is the empty specification", () => {
  assert.deepEqual(specOfText(specText(SPEC)), SPEC);
  assert.deepEqual(specOfText("  "), {});
});

test("what is no object is refused", () => {
  for (const text of ["[]", "7", "null", '"x"', "{"]) {
    assert.throws(() => specOfText(text), SyntaxError, text);
  }
});

test("a link carries the settings, whatever letters they have", () => {
  for (const spec of [SPEC, {}, { model: "größe/+=?~" }]) {
    const link = linkOf(spec);
    assert.match(link, /^#\/photo\?spec=[\w-]+$/);
    assert.deepEqual(specOfLink(link), spec);
  }
});

test("an address without settings, and a damaged one, have none", () => {
  for (const hash of [
    "",
    "#/photo",
    "#/jobs/x",
    "#/photo?spec=",
    "#/photo?spec=AAAA",
    "#/photo?spec=W10",
  ]) {
    assert.equal(specOfLink(hash), undefined, hash);
  }
  assert.equal(specOfLink(`#/photo?spec=${"A".repeat(9000)}`), undefined);
});
