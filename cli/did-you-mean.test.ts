/** Suggestions for mistyped words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { editDistance, nearest, suggestion } from "./did-you-mean.js";

test("letters that are missing, added, wrong or exchanged count as one edit each", () => {
  for (const [a, b, edits] of [
    ["orbital", "orbital", 0],
    ["orbtal", "orbital", 1],
    ["orbitral", "orbital", 1],
    ["orbitel", "orbital", 1],
    ["orbtial", "orbital", 1],
    ["", "abc", 3],
    ["zoom", "dolly", 4],
  ] as const) {
    assert.equal(editDistance(a, b), edits, `${a} ${b}`);
  }
});

test("the nearest known word is suggested, and none for a word that is like no other", () => {
  const known = ["camera.height", "camera.zoom", "camera.center.x", "seed"];
  assert.equal(nearest("camera.heigth", known), "camera.height");
  assert.equal(nearest("camera.zom", known), "camera.zoom");
  assert.equal(nearest("speed", known), "seed");
  assert.equal(nearest("brightness", known), undefined);
  assert.equal(suggestion("sed", known), "; did you mean seed?");
  assert.equal(suggestion("toString", known), "");
});
