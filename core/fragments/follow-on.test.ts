/** Fragments of a later segment get other numbers and times, and nothing else changes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { concat } from "./concat.js";
import { followingOn, followOn } from "./follow-on.js";

function box(type: string, ...content: Uint8Array[]): Uint8Array {
  const body = concat(content);
  const bytes = Buffer.alloc(8 + body.length);
  bytes.writeUInt32BE(bytes.length);
  bytes.write(type, 4, "latin1");
  bytes.set(body, 8);
  return bytes;
}

/** A full box with these 32-bit words after its version and flags. */
function full(type: string, version: number, ...words: number[]): Uint8Array {
  const body = Buffer.alloc(4 + 4 * words.length);
  body.writeUInt8(version, 0);
  for (const [i, word] of words.entries()) body.writeUInt32BE(word, 4 + 4 * i);
  return box(type, body);
}

const moof = (number: number, ...time: number[]) =>
  box(
    "moof",
    full("mfhd", 0, number),
    box("traf", full("tfhd", 0, 1), full("tfdt", time.length - 1, ...time), full("trun", 0, 9)),
  );

test("the number and the time are shifted, in both widths", () => {
  const before = { fragments: 7, ticks: 2_000 };
  assert.deepEqual(Buffer.from(followOn(moof(1, 100), before)), moof(8, 2_100));
  assert.deepEqual(Buffer.from(followOn(moof(2, 0, 100), before)), moof(9, 0, 2_100));
});

test("a fragment passes in any chunks, and one without a whole header is refused", async () => {
  const fragment = concat([moof(1, 100), box("mdat", Uint8Array.of(1, 2, 3))]);
  const expected = concat([moof(2, 150), box("mdat", Uint8Array.of(1, 2, 3))]);
  async function* inChunks(bytes: Uint8Array, size: number) {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  for (const size of [1, 5, 1_000]) {
    const parts: Uint8Array[] = [];
    const passed = followingOn(inChunks(fragment, size), { fragments: 1, ticks: 50 });
    for await (const part of passed) parts.push(part);
    assert.deepEqual(concat(parts), Uint8Array.from(expected), `${size}`);
  }
  const cut = followingOn(inChunks(fragment.subarray(0, 20), 7), { fragments: 1, ticks: 50 });
  await assert.rejects(async () => {
    for await (const _ of cut);
  }, /within its header/);
});
