/** Sizes and frame rates of GIF and WebP for web pages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SpecRequest } from "./request.js";
import { resolveSpec } from "./resolve-spec.js";

const EMPTY: SpecRequest = { fields: {}, motions: [], outputs: [], artifacts: [] };
const resolve = (request: Partial<SpecRequest>) =>
  resolveSpec({ ...EMPTY, ...request }, { models: ["tiny"], maxFrames: 3600 });

/** The clip's longest side and rate, then those of each output. */
function limits(request: Partial<SpecRequest>): (number | undefined)[][] {
  const { clip, outputs } = resolve(request);
  const { longestSide, frameRate } = clip;
  return [
    [longestSide, frameRate.numerator / frameRate.denominator],
    ...outputs.map(({ maxLongestSide, maxFrameRate }) => [maxLongestSide, maxFrameRate]),
  ];
}

const [gif, webp, mp4, apng] = ["gif", "webp", "mp4", "apng"].map((container) => ({ container }));
const rate = (numerator: number) => ({ numerator, denominator: 1 });

test("a GIF alone is drawn as small and as slowly as it is shown", () => {
  assert.deepEqual(limits({ outputs: [gif ?? {}] }), [
    [640, 15],
    [640, 15],
  ]);
  assert.deepEqual(limits({ outputs: [webp ?? {}] }), [
    [640, 30],
    [640, undefined],
  ]);
  assert.deepEqual(limits({ outputs: [{ ...gif, maxLongestSide: 320, maxFrameRate: 10 }] }), [
    [320, 10],
    [320, 10],
  ]);
});

test("beside a video, the clip keeps its own size and rate", () => {
  assert.deepEqual(limits({ outputs: [mp4 ?? {}, gif ?? {}, webp ?? {}, apng ?? {}] }), [
    [undefined, 30],
    [undefined, undefined],
    [640, 15],
    [640, undefined],
    [undefined, undefined],
  ]);
});

test("a size or a rate that the request sets is that of every output", () => {
  assert.deepEqual(limits({ outputs: [gif ?? {}], fields: { "clip.width": 800 } }), [
    [undefined, 15],
    [undefined, 15],
  ]);
  assert.deepEqual(limits({ outputs: [gif ?? {}], frameRate: rate(30) }), [
    [640, 30],
    [640, undefined],
  ]);
});

test("a poster has the size of a video, and values for each frame keep their number", () => {
  const values = Array<number>(90).fill(0.1);
  const motions = [{ parameter: "camera.height", values }];
  assert.deepEqual(limits({ outputs: [gif ?? {}], artifacts: ["poster"], motions }), [
    [undefined, 30],
    [640, 15],
  ]);
});
