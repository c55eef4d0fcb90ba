import assert from "node:assert/strict";
import { test } from "node:test";
import { previewOptions, previewTau } from "./options.js";

const asked = (longestSide: number, quality = 0) => ({
  ...{ longestSide, quality },
  format: undefined,
});

test("zeros are the defaults, and an odd side becomes even", () => {
  assert.deepEqual(previewOptions(asked(0)), { longestSide: 854, format: "jpeg", quality: 80 });
  assert.equal(previewOptions(asked(0), 1440).longestSide, 1440);
  assert.equal(previewOptions(asked(641)).longestSide, 640);
});

test("what is out of range is refused with its limits", () => {
  const refused = (field: string) => (error: { reason: string; metadata: { field: string } }) =>
    error.reason === "PARAMETER_OUT_OF_RANGE" && error.metadata.field === field;
  for (const side of [63, 1921, -1]) {
    assert.throws(() => previewOptions(asked(side)), refused("options.longest_side"));
  }
  for (const quality of [-1, 101]) {
    assert.throws(() => previewOptions(asked(0, quality)), refused("options.quality"));
  }
  for (const tau of [-0.1, 1.1, Number.NaN]) assert.throws(() => previewTau(tau), refused("tau"));
});
