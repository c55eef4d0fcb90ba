import assert from "node:assert/strict";
import { test } from "node:test";
import { sizeText, uploadLimitText } from "./limit-text.js";

test("sizes of files as people read them", () => {
  assert.equal(sizeText(1), "1 KiB");
  assert.equal(sizeText(466_706), "456 KiB");
  assert.equal(sizeText(1.5 * 2 ** 20), "1.5 MiB");
  assert.equal(sizeText(2 * 2 ** 20), "2 MiB");
  assert.equal(sizeText(64 * 2 ** 20), "64 MiB");
});

test("the limits of an upload in one sentence", () => {
  const text = uploadLimitText({ maxUploadBytes: "67108864", maxPhotoPixels: "50000000" });
  assert.match(text, /up to 64 MiB, 50 megapixels\.$/);
});
