/**
 * Sounds are told apart by their first bytes, and broken ones are refused before anything decodes
 * them.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DepthmeshError } from "../errors.js";
import { inspectSound, sniffSound } from "./format.js";

const bytes = (...parts: (string | readonly number[])[]) =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part),
    ),
  );
const zeros = (count: number) => new Array<number>(count).fill(0);

const WAV = bytes(
  "RIFF",
  zeros(4),
  "WAVEfmt ",
  [16, 0, 0, 0],
  zeros(16),
  "data",
  [4, 0, 0, 0],
  zeros(4),
);
const FLAC = bytes("fLaC", [0, 0, 0, 34], zeros(40));
const OGG = bytes("OggS", zeros(22), [1, 5], zeros(5));
const M4A = bytes([0, 0, 0, 16], "ftypM4A ", zeros(4), [0, 0, 0, 8], "moov");
const MP3 = bytes([0xff, 0xfb, 0x90, 0x00], zeros(100));
const TAGGED_MP3 = bytes("ID3", [4, 0, 0, 0, 0, 0, 3], zeros(3), [0xff, 0xfb, 0x90, 0x00]);

test("each format is known by its beginning", () => {
  for (const [format, file] of [
    ["wav", WAV],
    ["flac", FLAC],
    ["ogg", OGG],
    ["m4a", M4A],
    ["mp3", MP3],
    ["mp3", TAGGED_MP3],
  ] as const) {
    assert.equal(inspectSound(file), format);
    assert.equal(sniffSound(file.subarray(0, 12)), format);
  }
});

test("anything else is refused", () => {
  for (const file of [
    bytes(),
    bytes("#EXTM3U\nhttp://"),
    bytes("RIFF", zeros(4), "AVI "),
    bytes([0xff, 0xd8, 0xff, 0xe0]),
  ]) {
    assert.throws(
      () => inspectSound(file),
      (error: DepthmeshError) => error.reason === "SOUND_UNSUPPORTED_FORMAT",
    );
  }
});

test("what is cut off before any sound is corrupt", () => {
  const cut = [
    WAV.subarray(0, 40),
    WAV.subarray(0, 12),
    FLAC.subarray(0, 20),
    OGG.subarray(0, 30),
    M4A.subarray(0, 16),
    TAGGED_MP3.subarray(0, 12),
    bytes([0, 0, 0, 4], "ftypM4A "),
  ];
  for (const [i, file] of cut.entries()) {
    assert.throws(
      () => inspectSound(file),
      (error: DepthmeshError) => error.reason === "SOUND_CORRUPT",
      `case ${i}`,
    );
  }
});
