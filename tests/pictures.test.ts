/**
 * Animated pictures of the encode service: smaller and slower than their clip, below a largest
 * size, and transparent.
 */
import assert from "node:assert/strict";
import { readdir, rm, stat } from "node:fs/promises";
import { after, before, test } from "node:test";
import sharp from "sharp";
import type { DepthmeshError } from "../core/errors.js";
import type { OutputRequest } from "../core/output/spec.js";
import type { EncodedOutput, FrameFormat } from "../services/encode/encoder.js";
import type { EncoderRow } from "../services/encode/encoders.js";
import { isRgb } from "../services/encode/filters.js";
import { measureOutput } from "../services/encode/measure.js";
import { startEncoder } from "../services/encode/start-encoder.js";
import {
  encodeMade,
  encodeRequest,
  PROBING,
  probedEncoders,
  workingOf,
} from "../testing/encode/encode-run.js";
import { madeFrame, SMALL } from "../testing/encode/i420-frames.js";
import { frameDelays, rawFrames } from "../testing/encode/video.js";

let working: readonly EncoderRow[] = [];
const folders: string[] = [];
before(async () => {
  working = workingOf(await probedEncoders());
});
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function requestOf(outputs: readonly OutputRequest[], format: FrameFormat = SMALL) {
  const request = await encodeRequest(format, outputs, working);
  folders.push(request.folder);
  return request;
}

const shape = async (encoded: EncodedOutput, format = SMALL) => {
  const { width, height, frames, durationSeconds } = await measureOutput(encoded, format, PROBING);
  return [encoded.output.container, width, height, frames, durationSeconds.toFixed(2)];
};

test("pictures are smaller and slower than the video beside them, and last as long", async () => {
  const format = { ...SMALL, frames: 13 };
  const limits = { maxLongestSide: 96, maxFrameRate: 15 };
  const request = await requestOf(
    [{}, ...["gif", "webp", "apng"].map((container) => ({ container, ...limits }))],
    format,
  );
  const outputs = await encodeMade(request);
  assert.deepEqual(await Promise.all(outputs.map((each) => shape(each, format))), [
    ["mp4", 192, 128, 13, "0.43"],
    ["gif", 96, 64, 7, "0.43"],
    // The encoder shows each frame of a WebP for the same time.
    ["webp", 96, 64, 7, "0.47"],
    ["apng", 96, 64, 7, "0.43"],
  ]);
  const gif = outputs[1]?.path ?? "";
  const delays = (await frameDelays(gif)).map((seconds) => Math.round(100 * seconds));
  assert.deepEqual(delays, [7, 6, 7, 7, 6, 7, 3]);
});

test("each picture keeps to its largest size, from frames that were stored once", async () => {
  const containers = ["gif", "webp", "apng"];
  const whole = await encodeMade(await requestOf(containers.map((container) => ({ container }))));
  const sizes = await Promise.all(whole.map(async ({ path }) => (await stat(path)).size));
  const limits = sizes.map((size) => Math.round(0.6 * size));
  const request = await requestOf(
    containers.map((container, i) => ({ container, maxSizeBytes: limits[i] })),
  );
  for (const [i, encoded] of (await encodeMade(request)).entries()) {
    const { output, path, reduction } = encoded;
    const { size } = await stat(path);
    const limit = limits[i] ?? 0;
    assert.ok(size <= limit && size > 0.4 * limit, `${output.container}: ${size} of ${limit}`);
    assert.equal(reduction?.sizeBytes, size);
    assert.ok((reduction?.encodes ?? 99) <= 7);
    const [, width] = await shape(encoded);
    assert.equal(width, output.maxLongestSide);
  }
  const left = await readdir(request.folder);
  assert.equal(left.filter((name) => name.startsWith("frames-")).length, 1, left.join(" "));
  assert.ok(!left.some((name) => name.endsWith(".trial")));
});

test("a picture that fits is encoded once, as without a largest size", async () => {
  const [plain] = await encodeMade(await requestOf([{ container: "webp" }]));
  const [sized] = await encodeMade(
    await requestOf([{ container: "webp", maxSizeBytes: 10_000_000 }]),
  );
  assert.equal(sized?.reduction, undefined);
  assert.equal((await stat(sized?.path ?? "")).size, (await stat(plain?.path ?? "")).size);
});

test("what cannot be made small enough names the limit and the smallest size", async () => {
  const request = await requestOf([{ container: "apng", maxSizeBytes: 1000 }]);
  await assert.rejects(encodeMade(request), ({ reason, metadata }: DepthmeshError) => {
    assert.equal(reason, "OUTPUT_TOO_LARGE");
    assert.equal(metadata.limit_bytes, "1000");
    return Number(metadata.actual_bytes) > 1000;
  });
});

test("a search that is killed ends", async () => {
  const request = await requestOf([{ container: "gif", maxSizeBytes: 1000 }]);
  const run = startEncoder(request);
  for (let i = 0; i < SMALL.frames; i++) await run.write(madeFrame(SMALL, i));
  await assert.rejects(run.finish(() => void run.kill()));
  assert.ok(!(await readdir(request.folder)).includes("video.gif"));
});

const CLEAR: FrameFormat = { ...SMALL, frames: 3, pixelFormat: "rgba", hasAlpha: true };
const COLOR = [200, 60, 40] as const;

/** The left half is transparent, with black behind; the right half is the color. */
const CLEAR_FRAME = Uint8Array.from({ length: 4 * CLEAR.width * CLEAR.height }, (_, i) => {
  const isRight = Math.floor(i / 4) % CLEAR.width >= CLEAR.width / 2;
  return isRight ? (COLOR[i % 4] ?? 255) : 0;
});

const PIXELS: Readonly<Record<string, (encoded: EncodedOutput) => Promise<Buffer | undefined>>> = {
  webp: ({ path }) => sharp(path, { page: 0 }).ensureAlpha().raw().toBuffer(),
  "png-tar": ({ path }) => sharp(`${path}/00002.png`).ensureAlpha().raw().toBuffer(),
};

/** RGBA of the last but one column of each half, in the middle row, and of both edge columns. */
async function samples(encoded: EncodedOutput, { width, height } = CLEAR): Promise<number[][]> {
  const read =
    PIXELS[encoded.output.container] ??
    (async ({ path, output }) => {
      const filters = isRgb(output.pixelFormat) ? "null" : "scale=in_color_matrix=bt709";
      return (await rawFrames(path, "rgba", 4 * width * height, filters))[0];
    });
  const pixels = (await read(encoded)) ?? Buffer.alloc(0);
  const row = width * Math.floor(height / 2);
  const columns = [8, width / 2 - 2, width / 2 + 1, width - 8];
  return columns.map((x) => [...pixels.subarray(4 * (row + x), 4 * (row + x) + 4)]);
}

function assertNear(actual: readonly number[], expected: readonly number[], what: string): void {
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs((actual[i] ?? -99) - value) <= 12, `${what}: ${actual} not ${expected}`);
  }
}

test("transparency is kept where the file can hold it, and is white elsewhere", async () => {
  const keep = { transparency: "keep" };
  const small = { maxLongestSide: 96 };
  const kept: OutputRequest[] = [
    { container: "webp" },
    { container: "apng" },
    { container: "png-tar" },
    { container: "mov", codec: "prores", ...keep },
    { container: "gif", ...keep },
    { container: "webp", ...small },
    { container: "apng", ...small },
    { container: "webp", maxSizeBytes: 100_000 },
    { container: "gif", ...keep, maxSizeBytes: 100_000 },
  ];
  const white: OutputRequest[] = [
    { pixelFormat: "yuv444p" },
    { container: "gif" },
    { container: "gif", maxSizeBytes: 100_000 },
    { container: "webp", transparency: "flatten" },
    { container: "apng", transparency: "flatten", ...small },
    { container: "png-tar", pixelFormat: "rgb24" },
  ];
  for (const [outputs, background] of [
    [kept, [0]],
    [white, [255, 255, 255, 255]],
  ] as const) {
    const request = await requestOf(outputs.slice(0, 8), CLEAR);
    const more = await requestOf(outputs.slice(8), CLEAR);
    for (const one of [request, more]) {
      if (one.outputs.length === 0) continue;
      const run = startEncoder(one);
      for (let i = 0; i < CLEAR.frames; i++) await run.write(CLEAR_FRAME);
      for (const encoded of await run.finish()) {
        const { container, codec, maxLongestSide } = encoded.output;
        const size = maxLongestSide ? { ...CLEAR, width: 96, height: 64 } : CLEAR;
        const what = `${codec} in ${container} ${JSON.stringify(encoded.output)}`;
        const [left = [], inner = [], outer = [], right = []] = await samples(encoded, size);
        const clear = background.length === 1;
        for (const pixel of [left, inner]) {
          assertNear(clear ? pixel.slice(3) : pixel, background, what);
        }
        for (const pixel of [outer, right]) assertNear(pixel, [...COLOR, 255], what);
      }
    }
  }
});

test("frames of RGBA whose alpha is not declared are opaque, whatever it holds", async () => {
  const format: FrameFormat = { ...CLEAR, hasAlpha: false };
  const request = await requestOf([{ container: "apng" }, { container: "webp" }], format);
  const run = startEncoder(request);
  for (let i = 0; i < CLEAR.frames; i++) await run.write(CLEAR_FRAME);
  for (const encoded of await run.finish()) {
    const [left = []] = await samples(encoded);
    assertNear(left, [0, 0, 0, 255], encoded.output.container);
  }
});
