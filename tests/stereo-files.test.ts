/**
 * What files say about frames with the views of both eyes, read back by ffprobe: encoded from made
 * frames, live and at the end, without a mesh.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { framePacking } from "../core/output/frame-packing.js";
import type { OutputRequest } from "../core/output/spec.js";
import type { StereoLayout } from "../core/scene/stereo/layout.js";
import type { EncoderRow } from "../services/encode/encoders.js";
import { openLive } from "../services/encode/live/fragments.js";
import { SegmentStore } from "../services/encode/live/segment-store.js";
import {
  encodeMade,
  encodeRequest,
  probedEncoders,
  workingOf,
} from "../testing/encode/encode-run.js";
import { SMALL } from "../testing/encode/i420-frames.js";
import { decodeWarnings, isFastStart, probeVideo, videoPackets } from "../testing/encode/video.js";

const run = promisify(execFile);
const folders: string[] = [];
let working: readonly EncoderRow[];
before(async () => {
  working = workingOf(await probedEncoders());
});
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

type SideData = Readonly<Record<string, string | number>>;

interface Told {
  readonly side: readonly SideData[];
  readonly tags: Readonly<Record<string, string>>;
}

async function told(file: string): Promise<Told> {
  const { stdout } = await run("ffprobe", [
    ...["-v", "error", "-select_streams", "v:0", "-show_streams", "-of", "json", file],
  ]);
  const [stream] = JSON.parse(stdout).streams;
  return { side: stream.side_data_list ?? [], tags: stream.tags ?? {} };
}

async function encode(
  outputs: readonly OutputRequest[],
  stereo?: { readonly layout: StereoLayout; readonly swapEyes?: boolean },
) {
  const packing = stereo && framePacking({ swapEyes: false, ...stereo });
  const format = { ...SMALL, ...(packing && { packing }) };
  const request = await encodeRequest(format, outputs, working);
  folders.push(request.folder);
  const segments = new SegmentStore();
  const live = await openLive(segments, request.outputs, request.folder, packing);
  const made = await encodeMade({ ...request, ...(live && { live }) });
  await segments.retire();
  return { files: made.map(({ path }) => path), segments, folder: request.folder };
}

/** What ffprobe calls the layout; undefined where a file says nothing. */
const stereoOf = ({ side }: Told) =>
  side.find((each) => each.side_data_type === "Stereo 3D")?.type as string | undefined;
const sphereOf = ({ side }: Told) =>
  side.find((each) => each.side_data_type === "Spherical Mapping");

const MP4S: readonly OutputRequest[] = [
  { container: "mp4" },
  { container: "mp4", repeat: 2 },
  { container: "mov", codec: "h264" },
];

for (const [layout, word] of [
  ["side-by-side", "side by side"],
  ["side-by-side-half", "side by side"],
  ["top-bottom", "top and bottom"],
  ["top-bottom-half", "top and bottom"],
  ["anaglyph", undefined],
  ["none", undefined],
] as const) {
  test(`${layout}: MP4, its fragments and QuickTime say ${word ?? "nothing"}`, async () => {
    const { files, folder } = await encode(MP4S, { layout });
    for (const file of [...files, join(folder, "fragments.mp4")]) {
      const facts = await told(file);
      assert.equal(stereoOf(facts), word, file);
      assert.equal(sphereOf(facts), undefined);
    }
  });
}

test("vr180: ffprobe sees both boxes, in every MP4 codec", async () => {
  const codecs = ["h264", "h265", "av1"].filter((codec) =>
    working.some((encoder) => encoder.codec === codec),
  );
  assert.ok(codecs.includes("h264"));
  const outputs = [...codecs.map((codec) => ({ container: "mp4", codec })), ...MP4S.slice(1)];
  const { files, folder } = await encode(outputs, { layout: "vr180" });
  for (const file of [...files, join(folder, "fragments.mp4")]) {
    const facts = await told(file);
    assert.equal(stereoOf(facts), "side by side", file);
    const sphere = sphereOf(facts);
    assert.equal(sphere?.projection, "tiled equirectangular");
    // Each eye's square is half of a sphere that would be twice as wide.
    const {
      bound_left: left,
      bound_right: right,
      bound_top: top,
      bound_bottom: bottom,
    } = sphere ?? {};
    for (const bound of [left, right]) {
      assert.ok(Math.abs(Number(bound) - SMALL.width / 2) <= 1, `${file}: ${bound}`);
    }
    assert.deepEqual([top, bottom], [0, 0]);
    assert.deepEqual([sphere?.yaw, sphere?.pitch, sphere?.roll], [0, 0, 0]);
  }
});

test("a file with boxes has the packets of one without, its index in front, and decodes", async () => {
  const plain = await encode(MP4S);
  const tagged = await encode(MP4S, { layout: "vr180" });
  for (const [index, file] of tagged.files.entries()) {
    assert.deepEqual(await videoPackets(file), await videoPackets(plain.files[index] ?? ""));
    assert.ok(isFastStart(await readFile(file)), file);
    assert.equal(await decodeWarnings(file), "");
    const frames = SMALL.frames * (MP4S[index]?.repeat ?? 1);
    assert.equal((await probeVideo(file)).nb_read_frames, String(frames));
  }
  const fragments = join(tagged.folder, "fragments.mp4");
  assert.equal((await readFile(fragments)).length, tagged.segments.sizeBytes);
  assert.equal(tagged.segments.frames, SMALL.frames);
  assert.equal(await decodeWarnings(fragments), "");
});

test("WebM and Matroska have StereoMode, also with swapped eyes; MP4 cannot say that", async () => {
  for (const [layout, swapEyes, mode] of [
    ["side-by-side", false, "left_right"],
    ["side-by-side", true, "right_left"],
    ["top-bottom-half", false, "top_bottom"],
    ["top-bottom-half", true, "bottom_top"],
  ] as const) {
    const outputs = [{ container: "webm" }, { container: "mkv" }, { container: "mp4" }];
    const { files } = await encode(outputs, { layout, swapEyes });
    const facts = await Promise.all(files.map(told));
    for (const each of facts.slice(0, 2)) assert.equal(each.tags.stereo_mode, mode);
    assert.equal(stereoOf(facts[2] ?? { side: [], tags: {} }) === undefined, swapEyes);
  }
});

test("H.264 has a frame packing message for televisions", async () => {
  for (const [layout, type] of [
    ["side-by-side-half", "side by side"],
    ["top-bottom-half", "top and bottom"],
  ] as const) {
    const { files } = await encode([{ container: "mp4", acceleration: "software" }], { layout });
    const { stderr } = await run("ffmpeg", [
      ...["-v", "info", "-i", files[0] ?? "", "-vf", "showinfo", "-frames:v", "1"],
      ...["-f", "null", "-"],
    ]);
    assert.match(stderr, new RegExp(`stereoscopic information: type - ${type}`));
  }
});
