import assert from "node:assert/strict";
import { test } from "node:test";
import { entityTag, isKnown, mayBeRange, rangeOf } from "./byte-range.js";

const TAG = entityTag("ab12");

test("a single range is cut to the file", () => {
  assert.deepEqual(rangeOf("bytes=0-0", 10), { first: 0, last: 0 });
  assert.deepEqual(rangeOf("bytes=2-5", 10), { first: 2, last: 5 });
  assert.deepEqual(rangeOf("bytes=2-", 10), { first: 2, last: 9 });
  assert.deepEqual(rangeOf("bytes=2-99", 10), { first: 2, last: 9 });
  assert.deepEqual(rangeOf("bytes=-3", 10), { first: 7, last: 9 });
  assert.deepEqual(rangeOf("bytes=-99", 10), { first: 0, last: 9 });
  assert.deepEqual(rangeOf(" Bytes=1-2 ", 10), { first: 1, last: 2 });
});

test("a range that begins behind the end cannot be satisfied", () => {
  for (const header of ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=9999999999999999-"]) {
    assert.equal(rangeOf(header, 10), "unsatisfiable", header);
  }
  assert.equal(rangeOf("bytes=0-", 0), "unsatisfiable");
  assert.equal(rangeOf("bytes=-1", 0), "unsatisfiable");
});

test("what is no single range is ignored, so that the whole file comes", () => {
  const ignored = [
    ...[undefined, "", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,4-5", "items=0-1"],
    ...["bytes=a-b", "bytes=0x1-2", "bytes=+1-2", "bytes=1.5-2", "bytes 0-1"],
    `bytes=${"9".repeat(17)}-`,
  ];
  for (const header of ignored) assert.equal(rangeOf(header, 10), undefined, String(header));
});

test("a tag is known among several and in its weak form, and not as part of another", () => {
  assert.ok(isKnown(TAG, TAG));
  assert.ok(isKnown(`"x", W/${TAG}`, TAG));
  assert.ok(isKnown("*", TAG));
  for (const header of [undefined, "", '"ab123"', "ab12", '"AB12"']) {
    assert.ok(!isKnown(header, TAG), String(header));
  }
});

test("If-Range allows a range for the file's strong tag only", () => {
  assert.ok(mayBeRange(undefined, TAG));
  assert.ok(mayBeRange(TAG, TAG));
  for (const header of [`W/${TAG}`, '"x"', "Tue, 01 Dec 2026 00:00:00 GMT"]) {
    assert.ok(!mayBeRange(header, TAG), header);
  }
});
