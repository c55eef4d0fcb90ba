/** ffmpeg alone encodes as the service does: with the speed and the quality of the job. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import { ffmpegArguments } from "./ffmpeg-arguments.js";
import { checkedSpec } from "./one-process-job.js";

test("the arguments name the speed and the rate factor of the job", () => {
  const spec = checkedSpec(JobSpec.fromPartial({ outputs: [{}] }), 1000);
  const rate = { frameRateNumerator: 30, frameRateDenominator: 1 };
  const format = { width: 64, height: 48, frames: 30, ...rate };
  const words = ffmpegArguments(spec, format, "-", "alone.mp4");
  const after = (name: string) => words[words.indexOf(name) + 1];
  assert.equal(after("-c:v"), "libx264");
  assert.equal(after("-preset"), "veryfast");
  assert.ok(Number(after("-crf")) > 0);
  assert.equal(words.at(-1), "alone.mp4");
});
