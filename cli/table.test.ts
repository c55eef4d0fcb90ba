/** Tables for people. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { tableLines } from "./table.js";

const COLUMNS = [
  { title: "PHOTO", cell: ([photo]: readonly [string, number]) => photo },
  { title: "SIZE", cell: (row: readonly [string, number]) => String(row[1]), alignRight: true },
];

test("columns are as wide as their longest cell, and a control character breaks no line", () => {
  const rows = [["a.jpg", 12] as const, ["long\nname.jpg", 3456] as const];
  assert.deepEqual(tableLines(COLUMNS, rows), [
    "PHOTO          SIZE",
    "a.jpg            12",
    "long name.jpg  3456",
  ]);
  assert.deepEqual(tableLines(COLUMNS, []), ["PHOTO  SIZE"]);
});
