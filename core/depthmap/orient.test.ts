/** A map is turned as viewers turn a photo of the same EXIF orientation. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Orientation } from "../photo/exif.js";
import { decideOrientation, turned } from "./orient.js";

/** Two rows of three: a b c / d e f. */
const STORED = {
  values: Float32Array.of(1, 2, 3, 4, 5, 6),
  width: 3,
  height: 2,
  edges: "sharp",
} as const;

/** Row after row, as the EXIF standard describes where the stored rows and columns are shown. */
const SHOWN: Readonly<Record<Orientation, readonly (readonly number[])[]>> = {
  1: [
    [1, 2, 3],
    [4, 5, 6],
  ],
  2: [
    [3, 2, 1],
    [6, 5, 4],
  ],
  3: [
    [6, 5, 4],
    [3, 2, 1],
  ],
  4: [
    [4, 5, 6],
    [1, 2, 3],
  ],
  5: [
    [1, 4],
    [2, 5],
    [3, 6],
  ],
  6: [
    [4, 1],
    [5, 2],
    [6, 3],
  ],
  7: [
    [6, 3],
    [5, 2],
    [4, 1],
  ],
  8: [
    [3, 6],
    [2, 5],
    [1, 4],
  ],
};

for (const [orientation, rows] of Object.entries(SHOWN)) {
  test(`orientation ${orientation}`, () => {
    const map = turned(STORED, Number(orientation) as Orientation);
    assert.deepEqual([map.width, map.height], [rows[0]?.length, rows.length]);
    assert.deepEqual([...map.values], rows.flat());
  });
}

test("a request wins, then the map's own EXIF, then an aspect ratio that fits only one way", () => {
  const landscape = { width: 400, height: 300 };
  const portrait = { width: 300, height: 400 };
  const ofTurned = { ofPhoto: 6, photo: portrait } as const;
  const decide = (facts: Partial<Parameters<typeof decideOrientation>[0]>) => {
    const { orientation, isGuess } = decideOrientation({ ...ofTurned, map: portrait, ...facts });
    return [orientation, isGuess];
  };
  assert.deepEqual(decide({}), [1, false], "it fits the photo as it is shown");
  assert.deepEqual(decide({ map: landscape }), [6, true], "it fits the stored pixels only");
  assert.deepEqual(decide({ map: landscape, requested: "upright" }), [1, false]);
  assert.deepEqual(decide({ requested: "as-photo" }), [6, false]);
  assert.deepEqual(decide({ ofMap: 8 }), [8, false]);
  assert.deepEqual(decide({ ofMap: 8, requested: "upright" }), [1, false]);
  assert.deepEqual(
    decide({ ofPhoto: 3 }),
    [1, true],
    "a photo on its head: the aspect tells nothing",
  );
  assert.deepEqual(decide({ ofPhoto: 1 }), [1, false]);
  assert.deepEqual(
    decide({ ofPhoto: 1, map: landscape }),
    [1, true],
    "turned, and nothing says why",
  );
});
