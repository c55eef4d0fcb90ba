/** The samples of a TIFF: types that would be clipped to black or white are refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { finishSteps } from "../steps.js";
import { DEFAULT_PHOTO_LIMITS } from "./limits.js";
import { inspectTiff } from "./tiff.js";

const SIDE = 32;
const SHORT = 3;
const LONG = 4;
const UNSIGNED = 1;
const FLOAT = 3;

/** One strip of gray or RGB pixels, all zero. */
function tiffOf(bits: number, format: number, channels: number): Buffer {
  const stripBytes = SIDE * SIDE * channels * Math.ceil(bits / 8);
  const entries: [tag: number, type: number, value: number][] = [
    [256, SHORT, SIDE],
    [257, SHORT, SIDE],
    [258, SHORT, bits],
    [262, SHORT, channels === 1 ? 1 : 2],
    [273, LONG, 8],
    [277, SHORT, channels],
    [278, SHORT, SIDE],
    [279, LONG, stripBytes],
    [339, SHORT, format],
  ];
  const directory = Buffer.alloc(2 + 12 * entries.length + 4);
  directory.writeUInt16LE(entries.length);
  for (const [index, [tag, type, value]] of entries.entries()) {
    const at = 2 + 12 * index;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(1, at + 4);
    directory.writeUInt32LE(value, at + 8);
  }
  const header = Buffer.from("II*\0");
  const first = Buffer.alloc(4);
  first.writeUInt32LE(8 + stripBytes);
  return Buffer.concat([header, first, Buffer.alloc(stripBytes), directory]);
}

const inspect = (bits: number, format: number, channels: number) =>
  finishSteps(inspectTiff(tiffOf(bits, format, channels), DEFAULT_PHOTO_LIMITS));

test("up to sixteen bits, and linear RGB, are taken", () => {
  for (const bits of [8, 16]) assert.equal(inspect(bits, UNSIGNED, 1).widthPixels, SIDE);
  assert.equal(inspect(32, FLOAT, 3).heightPixels, SIDE);
});

test("others are refused by name", () => {
  const refusal = (message: RegExp) => ({ reason: "IMAGE_UNSUPPORTED_FORMAT", message });
  assert.throws(() => inspect(32, UNSIGNED, 3), refusal(/32-bit RGB samples/));
  assert.throws(() => inspect(32, FLOAT, 1), refusal(/32-bit float gray samples/));
  assert.throws(() => inspect(32, FLOAT, 4), refusal(/32-bit float 4-channel RGB samples/));
  assert.throws(() => inspect(16, FLOAT, 3), refusal(/16-bit float RGB samples/));
});
