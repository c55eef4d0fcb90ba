/** What counts as naming a blob. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hashesIn } from "./survey.js";

test("every hash is found, whatever field it is in, and nothing else", () => {
  const [one, two, three] = ["a", "b", "0"].map((digit) => digit.repeat(64)) as [
    string,
    string,
    string,
  ];
  const entry = { specBlob: one, deep: [{ file: `blobs/${two}` }], trace: "c".repeat(32), three };
  assert.deepEqual(hashesIn(JSON.stringify(entry)), [one, two, three]);
  assert.deepEqual(hashesIn(`"${"d".repeat(65)}"`), [], "longer is none");
  assert.deepEqual(hashesIn("{}"), []);
});
