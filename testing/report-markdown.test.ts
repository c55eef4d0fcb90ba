/** Figures and aims as tables. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { atMost, figuresOf } from "./report-lines.js";
import { markdownReport } from "./report-markdown.js";

test("metrics are rows, cases are columns, and a missing figure is an empty cell", () => {
  const [one, two] = [figuresOf("b", "one"), figuresOf("b", "two")];
  const lines = [one("speed", 1.5, "ms"), one("jobs", 3, ""), two("speed", 2, "ms")];
  assert.equal(
    markdownReport(lines),
    "|  | one | two |\n| --- | --- | --- |\n| speed, ms | 1.5 | 2 |\n| jobs | 3 |  |\n",
  );
});

test("aims have a table of their own, which says what is missed", () => {
  const report = markdownReport([atMost("small", 1, 2, "ms"), atMost("smaller", 1, 0, "")]);
  assert.match(report, /^\| aim \| measured \| target \| met \|\n/);
  assert.match(report, /\| small \| 1 \| <= 2 ms \| yes \|\n/);
  assert.match(report, /\| smaller \| 1 \| <= 0 \| \*\*no\*\* \|\n$/);
});
