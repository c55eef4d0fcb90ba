/** CRC-32C against the native one, and the check value of its definition. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32c as native } from "@node-rs/crc32";
import { crc32c } from "./crc32c.js";

test("it is the checksum that the server computes, for every length", () => {
  assert.equal(crc32c(Buffer.from("123456789")), 0xe3069283);
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 151 + length * 31) & 0xff);
    assert.equal(crc32c(bytes), native(Buffer.from(bytes)), `${length} bytes`);
  }
});
