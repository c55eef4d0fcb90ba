/** Resolving the depth options of a request. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reason } from "../error-reasons.js";
import { DepthmeshError } from "../errors.js";
import { Fields } from "./fields.js";
import type { MapRequest, SpecRequest } from "./request.js";
import { resolveDepth } from "./resolve-depth.js";

test("a depth map from the caller is used unchanged unless the request asks otherwise", () => {
  const own = resolveDepth(new Fields({}), {});
  assert.deepEqual(own.map, { polarity: "near-is-white" });
  assert.deepEqual([own.rangeLowPercent, own.rangeHighPercent, own.edgeRefinement], [0, 100, 0]);
  assert.deepEqual([own.fattenPixels, own.smoothingPixels], [0, 0]);
  const refined = resolveDepth(new Fields({ "depth.edge_refinement": 0.5 }), {});
  assert.equal(refined.edgeRefinement, 0.5);
});

test("an estimate stays as it is, and one that is stretched is fattened and smoothed", () => {
  const softened = (fields: SpecRequest["fields"], map?: MapRequest) => {
    const { fattenPixels, smoothingPixels } = resolveDepth(new Fields(fields), map);
    return [fattenPixels, smoothingPixels];
  };
  assert.deepEqual(softened({}), [0, 0]);
  assert.deepEqual(softened({ edges: "stretch" }), [2, 2]);
  assert.deepEqual(softened({ edges: "stretch" }, {}), [0, 0], "a map of the caller");
  const plain = { "depth.fatten_pixels": 0, "depth.smoothing_pixels": 0 };
  assert.deepEqual(softened({ edges: "stretch", ...plain }), [0, 0]);
  assert.deepEqual(softened({ "depth.fatten_pixels": 3 }), [3, 0]);
});

const REFUSED: readonly [string, MapRequest, Reason, field: string][] = [
  ["no format", { format: "bmp" }, "PARAMETER_UNKNOWN", "format"],
  ["no polarity", { polarity: "up" }, "PARAMETER_UNKNOWN", "polarity"],
  ["raw samples without a size", { format: "float32" }, "PARAMETER_CONFLICT", "width"],
  [
    "raw samples without a height",
    { format: "float32", width: 9 },
    "PARAMETER_OUT_OF_RANGE",
    "height",
  ],
  [
    "a format that has its own size, and a size",
    { format: "pfm", width: 9, height: 9 },
    "PARAMETER_CONFLICT",
    "width",
  ],
];
for (const [what, request, reason, field] of REFUSED) {
  test(`a map of ${what} is refused`, () => {
    assert.throws(
      () => resolveDepth(new Fields({}), request),
      (error) => {
        assert.ok(error instanceof DepthmeshError, String(error));
        assert.deepEqual([error.reason, error.metadata.field], [reason, `depth.map.${field}`]);
        return true;
      },
    );
  });
}
