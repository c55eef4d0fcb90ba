/**
 * Tests the fragments of every MP4 codec: they decode without warnings, and the finished file
 * contains the same packets.
 */
import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { containerRow } from "../core/output/containers.js";
import type { EncoderRow } from "../services/encode/encoders.js";
import { compiledEncoders } from "../services/encode/ffmpeg.js";
import { openLive } from "../services/encode/live/fragments.js";
import { SegmentStore } from "../services/encode/live/segment-store.js";
import {
  encodeMade,
  encodeRequest,
  probedEncoders,
  workingOf,
} from "../testing/encode/encode-run.js";
import { SMALL } from "../testing/encode/i420-frames.js";
import { decodeWarnings, probeVideo, videoPackets } from "../testing/encode/video.js";

const FORMAT = { ...SMALL, frames: 40 };
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
      assert.equal(segments.fragments, 3, "one fragment per half second");
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
