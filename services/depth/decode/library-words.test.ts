/** A library's words in an error: printable, on one line, short, without paths. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanWords } from "./library-words.js";

test("words are one line of printable ASCII, each sentence once", () => {
  assert.equal(cleanWords("a\nb\n\na\n"), "a; b");
  assert.equal(cleanWords("tag \x1b[31m\u0007 ünicode"), "tag ?[31m? ?nicode");
});

test("paths are left out, and long words are cut", () => {
  assert.equal(cleanWords("cannot open /tmp/build/x.c here"), "cannot open … here");
  assert.equal(cleanWords('at "file/of/somebody.png"'), 'at "…"');
  assert.equal(cleanWords("read 12/13 lines"), "read 12/13 lines");
  assert.ok(cleanWords("x ".repeat(500)).length <= 240);
});
