/** Which outputs a request may have, over the whole table of containers and codecs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DepthmeshError } from "../errors.js";
import { CODEC_NAMES, codecRow } from "../output/codecs.js";
import { CONTAINER_NAMES, containerOfFile, containerRow } from "../output/containers.js";
import type { OutputRequest } from "../output/spec.js";
import { MAX_OUTPUTS, resolveOutputs } from "./resolve-outputs.js";

const RATE = { numerator: 30, denominator: 1 };
const resolve = (...requests: OutputRequest[]) => resolveOutputs(requests, RATE);

function refusal(request: OutputRequest, rate = RATE): [reason: string, field: string | undefined] {
  try {
    resolveOutputs([request], rate);
  } catch (error) {
    const { reason, metadata } = error as DepthmeshError;
    return [reason, metadata.field];
  }
  return assert.fail(`${JSON.stringify(request)} was accepted`);
}

test("exactly the pairs of the table are accepted", () => {
  for (const container of CONTAINER_NAMES) {
    for (const codec of CODEC_NAMES) {
      if (containerRow(container).codecs.includes(codec)) {
        const [output] = resolve({ container, codec });
        assert.deepEqual([output?.container, output?.codec], [container, codec]);
        assert.equal(output?.crf, codecRow(codec).crf?.defaultValue);
      } else {
        assert.deepEqual(refusal({ container, codec }), ["PARAMETER_CONFLICT", "outputs.codec"]);
      }
    }
  }
});

test("a codec alone finds its container, a container alone its codec, and nothing is an MP4", () => {
  const found = resolve({ codec: "vp9" }, { container: "mov" }, {}).map(({ container, codec }) => [
    container,
    codec,
  ]);
  assert.deepEqual(found, [
    ["webm", "vp9"],
    ["mov", "prores"],
    ["mp4", "h264"],
  ]);
});

test("names are different, and say the container", () => {
  const outputs = resolve({}, { codec: "h265" }, { container: "gif" }, { container: "mp4" });
  assert.deepEqual(
    outputs.map(({ name }) => name),
    ["video.mp4", "video-2.mp4", "video.gif", "video-3.mp4"],
  );
});

test("a complete output is a request for itself", () => {
  for (const container of CONTAINER_NAMES) {
    for (const codec of containerRow(container).codecs) {
      const [{ name, ...output } = assert.fail()] = resolve({ container, codec });
      assert.deepEqual(resolve(output), [{ name, ...output }]);
    }
  }
});

const GIF = { container: "gif" };
const REFUSED: readonly [OutputRequest, reason: string, field: string][] = [
  [{ codec: "h266" }, "PARAMETER_UNKNOWN", "outputs.codec"],
  [{ container: "avi" }, "PARAMETER_UNKNOWN", "outputs.container"],
  [{ crf: 52 }, "PARAMETER_OUT_OF_RANGE", "outputs.crf"],
  [{ crf: -1 }, "PARAMETER_OUT_OF_RANGE", "outputs.crf"],
  [{ crf: Number.NaN }, "PARAMETER_OUT_OF_RANGE", "outputs.crf"],
  [{ crf: 20, bitrateKbps: 500 }, "PARAMETER_CONFLICT", "outputs.bitrate_kbps"],
  [{ bitrateKbps: 0.5 }, "PARAMETER_OUT_OF_RANGE", "outputs.bitrate_kbps"],
  [{ ...GIF, crf: 20 }, "PARAMETER_CONFLICT", "outputs.crf"],
  [{ ...GIF, repeat: 2 }, "PARAMETER_CONFLICT", "outputs.repeat"],
  [{ ...GIF, speed: "slow" }, "PARAMETER_CONFLICT", "outputs.speed"],
  [{ ...GIF, acceleration: "hardware" }, "PARAMETER_CONFLICT", "outputs.acceleration"],
  [{ loops: 2 }, "PARAMETER_CONFLICT", "outputs.loops"],
  [{ dither: "bayer" }, "PARAMETER_CONFLICT", "outputs.dither"],
  [{ quality: 50 }, "PARAMETER_CONFLICT", "outputs.quality"],
  [{ pixelFormat: "rgb24" }, "PARAMETER_CONFLICT", "outputs.pixel_format"],
  [{ transparency: "keep" }, "PARAMETER_CONFLICT", "outputs.transparency"],
  [{ maxSizeBytes: 5_000_000 }, "PARAMETER_CONFLICT", "outputs.max_size_bytes"],
  [{ ...GIF, maxFrameRate: 0 }, "PARAMETER_OUT_OF_RANGE", "outputs.max_frame_rate"],
  [
    { container: "apng", pixelFormat: "rgb24", transparency: "keep" },
    "PARAMETER_CONFLICT",
    "outputs.pixel_format",
  ],
  [{ repeat: 0 }, "PARAMETER_OUT_OF_RANGE", "outputs.repeat"],
];
for (const [request, reason, field] of REFUSED) {
  test(`${JSON.stringify(request)} is refused`, () => {
    assert.deepEqual(refusal(request), [reason, field]);
  });
}

/** The pixel format and what happens to transparent parts. */
function pixels(request: OutputRequest): [string | undefined, string | undefined] {
  const [output] = resolve(request);
  return [output?.pixelFormat, output?.transparency];
}

test("WebP, APNG, PNG and ProRes keep transparency unless a pixel format without alpha is asked for", () => {
  const prores = { container: "mov", codec: "prores" };
  for (const [request, expected] of [
    [{ container: "webp" }, ["yuv420p", "auto"]],
    [{ container: "apng" }, ["rgb24", "auto"]],
    [{ container: "apng", pixelFormat: "rgb24" }, ["rgb24", "flatten"]],
    [{ container: "apng", pixelFormat: "rgba" }, ["rgba", "auto"]],
    [{ container: "apng", transparency: "flatten" }, ["rgb24", "flatten"]],
    [{ container: "png-zip", transparency: "keep" }, ["rgba", "keep"]],
    [prores, ["yuv422p10le", "auto"]],
    [{ ...prores, pixelFormat: "yuv422p10le" }, ["yuv422p10le", "flatten"]],
    [{ ...prores, pixelFormat: "yuva444p10le" }, ["yuva444p10le", "auto"]],
    [{ ...prores, transparency: "keep" }, ["yuva444p10le", "keep"]],
    [{ container: "webm" }, ["yuv420p", "flatten"]],
    [{ container: "webm", transparency: "keep" }, ["yuva420p", "keep"]],
    [{ container: "webm", pixelFormat: "yuva420p" }, ["yuva420p", "auto"]],
    [GIF, ["pal8", "flatten"]],
    [{ ...GIF, transparency: "keep" }, ["pal8", "keep"]],
    [{ container: "mp4" }, ["yuv420p", undefined]],
  ] as const) {
    assert.deepEqual(pixels(request), expected, JSON.stringify(request));
  }
});

test("without a background every output that can keeps transparency, unless it is asked not to", () => {
  const rate = { numerator: 30, denominator: 1 };
  const cutOut = (request: OutputRequest) => {
    const [output] = resolveOutputs([request], rate, undefined, true);
    return output?.transparency;
  };
  for (const container of ["webm", "webp", "apng"] as const) {
    assert.equal(cutOut({ container }), "auto");
    assert.equal(cutOut({ container, transparency: "flatten" }), "flatten");
  }
  assert.equal(cutOut(GIF), "auto");
  assert.equal(cutOut({ container: "webm", pixelFormat: "yuv420p" }), "flatten");
  assert.equal(cutOut({ container: "mp4" }), undefined);
});

test("a GIF plays at most 50 frames/s, and a job has at most eight outputs", () => {
  assert.equal(resolveOutputs([GIF], { numerator: 50, denominator: 1 }).length, 1);
  const fast = { numerator: 60_000, denominator: 1001 };
  assert.deepEqual(refusal(GIF, fast), ["PARAMETER_CONFLICT", "clip.frame_rate"]);
  assert.equal(resolve(...Array(MAX_OUTPUTS).fill({})).length, MAX_OUTPUTS);
  assert.throws(() => resolve(...Array(MAX_OUTPUTS + 1).fill({})), {
    reason: "PARAMETER_OUT_OF_RANGE",
  });
});

test("extensions are known in any case", () => {
  assert.equal(containerOfFile("/tmp/A.WebM"), "webm");
  assert.equal(containerOfFile("clip.png.tar"), "png-tar");
  assert.equal(containerOfFile("mp4"), undefined);
});
