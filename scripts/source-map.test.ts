import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "@jridgewell/sourcemap-codec";
import { withoutPackages } from "./source-map.js";

const MAP = {
  version: 3,
  sources: ["../node_modules/a/index.js", "../core/b.ts", "../node_modules/c.js", "../kit/d.ts"],
  names: ["x"],
  mappings: encode([
    [
      [0, 0, 0, 0],
      [4, 0, 0, 4, 0],
      [9, 1, 2, 3],
    ],
    [],
    [
      [1, 1, 3, 0, 0],
      [5, 2, 7, 1],
      [8, 2, 8, 1],
      [12, 3, 9, 2],
    ],
  ]),
};

test("lines of the package keep their places, and those of others map to nothing", () => {
  const { sources, mappings, names } = withoutPackages(MAP);
  assert.deepEqual(sources, ["../core/b.ts", "../kit/d.ts"]);
  assert.deepEqual(names, []);
  assert.deepEqual(decode(mappings), [[[0], [9, 0, 2, 3]], [], [[1, 0, 3, 0], [5], [12, 1, 9, 2]]]);
});

test("a map of own lines only stays as it is", () => {
  const own = { ...MAP, sources: ["a.ts", "b.ts", "c.ts", "d.ts"], names: [] };
  assert.deepEqual(
    decode(withoutPackages(own).mappings),
    decode(MAP.mappings).map((line) => line.map((segment) => segment.slice(0, 4))),
  );
});
