/**
 * Tests the fragments of every MP4 codec: they decode without warnings, the finished file contains
 * the same packets, and the first one comes after few frames.
 */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import type { Segment } from "../core/fragments/segment-index.js";
import type { Codec } from "../core/output/codecs.js";
import { containerRow } from "../core/output/containers.js";
import type { OutputRequest } from "../core/output/spec.js";
import type { EncoderRow } from "../services/encode/encoders.js";
import { compiledEncoders } from "../services/encode/ffmpeg.js";
import { FIRST_FRAGMENT_FRAMES } from "../services/encode/live/early-start.js";
import { openLive } from "../services/encode/live/fragments.js";
import { SegmentStore } from "../services/encode/live/segment-store.js";
import { startEncoder } from "../services/encode/start-encoder.js";
import {
  encodeMade,
  encodeRequest,
  probedEncoders,
  workingOf,
} from "../testing/encode/encode-run.js";
import { madeFrame, SMALL } from "../testing/encode/i420-frames.js";
import { decodeWarnings, keyFrames, probeVideo, videoPackets } from "../testing/encode/video.js";

const FORMAT = { ...SMALL, frames: 40 };
/** Where the fragments begin, if not at each half second only. */
const FIRST_FRAMES: Partial<Record<Codec, readonly number[]>> = {
  h264: [0, 6, 15, 30],
};
let working: readonly EncoderRow[];
before(async () => {
  assert.ok((await compiledEncoders()).size > 0);
  working = workingOf(await probedEncoders());
});

for (const codec of containerRow("mp4").codecs) {
  test(`fragments of ${codec} decode, and the file contains their packets once or twice`, async () => {
    assert.ok(
      working.some((encoder) => encoder.codec === codec),
      `${codec} can be made here`,
    );
    for (const repeat of [1, 2]) {
      const request = await encodeRequest(FORMAT, [{ container: "mp4", codec, repeat }], working);
      const segments = new SegmentStore();
      const live = await openLive(segments, request.outputs, request.folder);
      assert.ok(live);
      const [made] = await encodeMade({ ...request, live });
      assert.ok(made);
      const fragments = join(request.folder, "fragments.mp4");
      assert.equal(
        (await readFile(fragments)).length,
        segments.sizeBytes,
        "the file contains segments and nothing else",
      );
      const firsts = segments.segments.slice(1).map(({ firstFrame }) => firstFrame);
      const expected = FIRST_FRAMES[codec] ?? [0, 15, 30];
      assert.equal(firsts.length, expected.length, "half seconds, the first one in two");
      assert.deepEqual(await keyFrames(fragments), expected, "each begins with a key frame");
      // x265 stores frames that are shown before a key frame behind it.
      if (codec !== "h265") assert.deepEqual(firsts, expected);
      assert.equal(segments.frames, 40);
      assert.equal(await decodeWarnings(fragments), "");
      const packets = await videoPackets(fragments);
      const whole = await videoPackets(made.path);
      assert.deepEqual(whole.slice(0, repeat === 1 ? undefined : 40), packets);
      assert.equal((await probeVideo(made.path)).nb_read_frames, String(40 * repeat));
      await segments.retire();
      await rm(request.folder, { recursive: true });
    }
  });
}

test("the folder of the files may have any name", async () => {
  const base = await mkdtemp(join(tmpdir(), "it's [a] odd|name\\ of: a, folder;%d "));
  const request = await encodeRequest(SMALL, [{ container: "mp4" }], working, base);
  const segments = new SegmentStore();
  const live = await openLive(segments, request.outputs, request.folder);
  assert.ok(live);
  const [made] = await encodeMade({ ...request, live });
  assert.equal((await probeVideo(made?.path ?? "")).nb_read_frames, String(SMALL.frames));
  assert.deepEqual((await readdir(request.folder)).sort(), ["fragments.mp4", "video.mp4"]);
  await segments.retire();
  await rm(base, { recursive: true });
});

/**
 * Outputs and frames. SVT-AV1 is not among them: it works in its own threads, and ffmpeg asks for
 * what they have made only when it has another frame.
 */
const FED: readonly [Omit<OutputRequest, "codec"> & { codec: Codec }, number][] = [
  [{ codec: "h264" }, 13],
  [{ codec: "h264", speed: "fastest" }, 8],
  [{ codec: "h264", speed: "medium" }, 29],
  [{ codec: "h264", gopFrames: 10 }, 17],
];
for (const [output, frames] of FED) {
  const { codec, ...settings } = output;
  test(`the first fragment of ${codec} ${JSON.stringify(settings)} needs ${frames} frames`, async () => {
    const outputs = [{ container: "mp4", ...output }] as const;
    const format = { ...SMALL, frames: 60 };
    const request = { ...(await encodeRequest(format, outputs, working)), threads: 0 };
    const segments = new SegmentStore();
    const live = await openLive(segments, request.outputs, request.folder);
    assert.ok(live);
    const run = startEncoder({ ...request, live });
    try {
      for (let i = 0; i < frames; i++) await run.write(madeFrame(format, i));
      // ffmpeg gets no more and is not told that this was the end: it does not give out a fragment
      // later that it does not give out now.
      const first = await firstFragment(segments);
      assert.equal(first.frames, settings.gopFrames ?? firstFrames(codec));
    } finally {
      await run.kill();
      await segments.retire();
      await rm(request.folder, { recursive: true });
    }
  });
}

/** Fails when it does not come within 20 s. */
async function firstFragment(segments: SegmentStore): Promise<Segment> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error("no fragment came")), 20_000);
  try {
    for await (const event of segments.follow(late.signal)) {
      if ("segment" in event && event.segment.kind === "fragment") return event.segment;
    }
    throw new Error("the encode ended");
  } finally {
    clearTimeout(timer);
  }
}

const firstFrames = (codec: Codec) => (FIRST_FRAMES[codec] ? FIRST_FRAGMENT_FRAMES : 15);
