/** The table of encoders has a software encoder for every codec. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CODEC_NAMES, codecRow } from "../../core/output/codecs.js";
import { ENCODERS } from "./encoders.js";

for (const codec of CODEC_NAMES) {
  test(`a software encoder makes ${codec} in each of its pixel formats`, () => {
    for (const pixelFormat of codecRow(codec).pixelFormats) {
      const encoder = ENCODERS.find(
        (row) =>
          row.codec === codec && !row.hardware && (row.pixelFormats?.includes(pixelFormat) ?? true),
      );
      assert.ok(encoder, pixelFormat);
    }
  });
}
