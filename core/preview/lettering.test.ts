import assert from "node:assert/strict";
import { test } from "node:test";
import { PRESET_NAMES } from "../scene/presets.js";
import { write } from "./lettering.js";

const AT = { x: 3, y: 20, letterHeight: 10, color: "#fff" };

test("there is a letter for every letter of every preset", () => {
  for (const name of PRESET_NAMES) {
    const { svg, width } = write(name, AT);
    // One path for each letter.
    assert.equal(svg.split("<path ").length - 1, name.length, name);
    assert.ok(width > 0);
  }
});

test("words scale with the height of their letters; other letters are refused", () => {
  assert.equal(write("auto", { ...AT, letterHeight: 20 }).width, 2 * write("auto", AT).width);
  assert.throws(() => write("<script>", AT), /no letter for "<"/);
});
