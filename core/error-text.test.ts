/** Texts of errors are bounded wherever they come from. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cutText, MAX_MESSAGE_BYTES, MAX_METADATA_VALUE_BYTES } from "./error-text.js";
import { DepthmeshError } from "./errors.js";

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

test("a text is cut to its bytes of UTF-8, never inside a character", () => {
  assert.equal(cutText("short", 16), "short");
  assert.equal(cutText("12345678", 8), "12345678");
  assert.equal(cutText("123456789", 8), "12345…");
  for (const character of ["a", "é", "漢", "😀"]) {
    for (const maxBytes of [4, 15, 16, 17, 18, 1024]) {
      const cut = cutText(character.repeat(2_000), maxBytes);
      assert.ok(
        bytesOf(cut) <= maxBytes && bytesOf(cut) > maxBytes - 5,
        `${character} ${maxBytes}`,
      );
      assert.doesNotMatch(cut, /\ufffd/);
      assert.ok(cut.endsWith("…"));
    }
  }
});

test("half of a surrogate pair does not reach a trailer, which could not carry it", () => {
  assert.equal(cutText("a\ud83d", 16), "a\ufffd");
  assert.doesNotThrow(() => encodeURI(cutText("\udc00".repeat(5_000), 1024)));
});

test("an error that quotes a text cannot forge a line or steer a terminal", () => {
  const sent = "a\r\nb\tc\u0000\u001b[2J\u0085\u2028\u202ed\u2066\u200f";
  const shown = "a  b c\ufffd\ufffd[2J\ufffd\ufffd\ufffdd\ufffd\ufffd";
  assert.equal(cutText(sent, 256), shown);
  const error = new DepthmeshError("IMAGE_CORRUPT", sent, { metadata: { name: sent } });
  assert.deepEqual([error.message, error.metadata.name], [shown, shown]);
  assert.equal(
    cutText("Zürich, 東京, 👩‍👩‍👧", 64),
    "Zürich, 東京, 👩‍👩‍👧",
    "what people write stays",
  );
});

test("every error is bounded when it is made", () => {
  const long = "x".repeat(100_000);
  const error = new DepthmeshError("IMAGE_CORRUPT", long, { metadata: { actual: long } });
  assert.equal(bytesOf(error.message), MAX_MESSAGE_BYTES);
  assert.equal(bytesOf(error.metadata.actual ?? ""), MAX_METADATA_VALUE_BYTES);
});
