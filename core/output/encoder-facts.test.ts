/**
 * What a worker announces is read, or refused as a whole; codecs of later versions are left out.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EncoderFacts } from "./codecs.js";
import { encoderFactsIn } from "./encoder-facts.js";

const FACTS: EncoderFacts = {
  ...{ name: "libx264", codec: "h264", hardware: "", works: true, failure: "" },
  framesPerSecond: 100,
};

test("encoders of known codecs are read; other shapes are no announcement", () => {
  const later = { ...FACTS, codec: "av3", name: "libav3" };
  assert.deepEqual(encoderFactsIn([FACTS, later]), [FACTS]);
  assert.deepEqual(encoderFactsIn([]), []);
  for (const wrong of [null, 1, "", {}, [null], [1], [{}], [{ ...FACTS, works: "yes" }]]) {
    assert.equal(encoderFactsIn(wrong), undefined, JSON.stringify(wrong));
  }
});
