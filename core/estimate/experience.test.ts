/** What is learnt from jobs is told of jobs of the same kind, and of no others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Experience } from "./experience.js";
import type { JobWork } from "./work.js";

const H264 = { format: "mp4 h264 fast", rate: "crf 23", size: 1e6 };

function work(scale: number, change: Partial<JobWork> = {}): JobWork {
  return {
    ...{ photoPixels: 1e6 * scale, depth: "auto", drawing: "fill", pixelFrames: 1e7 * scale },
    outputs: [{ ...H264, size: 1e7 * scale }],
    ...change,
  };
}

/** Depth takes 2 s a megapixel, drawing 1 s + 3 s for 10 million pixels, a byte is 10 pixels. */
function taught(jobs = 10): Experience {
  const experience = new Experience();
  for (let i = 1; i <= jobs; i++) {
    experience.learn(`job ${i}`, {
      work: work(i),
      seconds: { depth: 2 * i, drawing: 1 + 3 * i },
      outputBytes: [1e6 * i],
    });
  }
  return experience;
}

test("seconds and bytes grow as they were learnt", () => {
  const { seconds, bytes, parts, samples } = taught().estimate(work(20));
  assert.ok(Math.abs((parts.depth?.p50 ?? 0) - 40) < 1e-6);
  assert.ok(Math.abs((seconds?.p50 ?? 0) - 101) < 1e-6);
  assert.ok(Math.abs((bytes?.p50 ?? 0) - 2e7) < 1e-3);
  assert.equal(samples, 10);
  assert.deepEqual(Object.keys(taught().estimate(work(1), ["depth"]).parts), ["depth"]);
});

test("nothing is told of what was not learnt", () => {
  const experience = taught();
  const other = experience.estimate(work(1, { depth: "large-model" }));
  assert.deepEqual([other.seconds, other.parts.depth], [undefined, undefined]);
  assert.ok(other.bytes && other.parts.drawing, "the rest is known");
  const av1 = { ...H264, format: "mp4 av1 fast" };
  const coded = experience.estimate(work(1, { outputs: [av1] }));
  assert.deepEqual([coded.seconds, coded.bytes], [undefined, undefined]);
  const both = experience.estimate(work(1, { outputs: [H264, av1] }));
  assert.deepEqual([both.seconds, both.bytes, both.samples], [undefined, undefined, 0]);
  assert.equal(taught(2).estimate(work(1)).samples, 0, "two jobs are too few");
});

test("another crf and other edges are judged by those of the format, a bitrate is not", () => {
  const experience = taught();
  const close = [{ ...H264, rate: "crf 18" }];
  assert.ok(experience.estimate(work(1, { outputs: close, drawing: "stretch" })).bytes);
  const rated = [{ ...H264, rate: "bitrate" }];
  assert.equal(experience.estimate(work(1, { outputs: rated })).bytes, undefined);
});

test("an output is not expected to be larger than its limit", () => {
  const experience = new Experience();
  const limited = work(1, { outputs: [{ ...H264, rate: "crf 23 limited", maxBytes: 500 }] });
  for (const job of ["a", "b", "c"]) {
    experience.learn(job, { work: limited, seconds: {}, outputBytes: [900] });
  }
  assert.equal(experience.estimate(limited).bytes?.p90, 500);
});

test("a job that is read again counts once, and old jobs are forgotten", () => {
  const experience = taught();
  for (let again = 0; again < 5; again++) {
    experience.learn("job 1", { work: work(1), seconds: { depth: 2 }, outputBytes: [] });
  }
  assert.equal(experience.estimate(work(1)).parts.depth?.samples, 10);
  for (let i = 0; i < 1000; i++) {
    experience.learn(`later ${i}`, {
      work: work(1 + (i % 7)),
      seconds: { depth: 9 },
      outputBytes: [],
    });
  }
  const { depth } = experience.estimate(work(1)).parts;
  assert.ok(depth && depth.samples < 100 && Math.abs(depth.p50 - 9) < 1e-6, JSON.stringify(depth));
});

test("times that cannot be are not learnt", () => {
  const experience = new Experience();
  for (const job of ["a", "b", "c"]) {
    experience.learn(job, { work: work(1), seconds: { depth: -1, drawing: 0 }, outputBytes: [0] });
  }
  assert.deepEqual(experience.estimate(work(1)), { parts: {}, samples: 0 });
});
