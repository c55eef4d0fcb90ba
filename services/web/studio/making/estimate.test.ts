/** The cost of a job in words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { estimateText } from "./estimate.js";

test("an estimate has a range of times and sizes, or says that nothing is known", () => {
  const plan = { width: 1280, height: 720, frames: 90 };
  assert.equal(
    estimateText({
      ...{ plan, secondsP50: 4.2, secondsP90: 6, bytesP50: "1200000", bytesP90: "1200000" },
    }),
    "1280 × 720 pixels, 90 frames; takes about 4.2 s – 6.0 s, makes about 1.20 MB",
  );
  assert.equal(estimateText({ secondsP50: 4 }), "takes about 4.0 s");
  assert.match(estimateText({ plan }), /90 frames\. How long this takes is not known/);
});
