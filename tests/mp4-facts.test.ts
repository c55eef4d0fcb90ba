/**
 * What is read of our own MP4 and QuickTime files by their indexes, against ffprobe; and files that
 * are cut off or damaged.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { DepthmeshError } from "../core/errors.js";
import { framePacking } from "../core/output/frame-packing.js";
import { readMp4Facts } from "../core/output/mp4-facts.js";
import type { OutputRequest } from "../core/output/spec.js";
import type { EncodedOutput } from "../services/encode/encoder.js";
import { ENCODERS } from "../services/encode/encoders.js";
import { probeVideo } from "../services/encode/ffprobe.js";
import { measureOutput } from "../services/encode/measure.js";
import { readMp4 } from "../services/encode/mp4-file.js";
import { encodeMade, encodeRequest, PROBING } from "../testing/encode/encode-run.js";
import { SMALL } from "../testing/encode/i420-frames.js";
import { mutated } from "../testing/mutations.js";
import { seededRandom } from "../testing/random.js";

const TINY = { ...SMALL, width: 64, height: 64 };
const SOFTWARE = ENCODERS.filter(({ hardware }) => hardware === undefined);
/** Measures without ffprobe, or not at all. */
const NO_FFPROBE = { ...PROBING, ffprobe: "no-such-ffprobe" };
const PACKING = framePacking({ layout: "vr180", swapEyes: false });

let folder = "";
let sound = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-facts-"));
  sound = join(folder, "sound.wav");
  const tone = ["-f", "lavfi", "-i", "sine=frequency=440:duration=0.3"];
  await promisify(execFile)("ffmpeg", ["-v", "error", ...tone, "-ar", "48000", "-ac", "2", sound]);
});
after(() => rm(folder, { recursive: true, force: true }));

async function encode(
  outputs: readonly OutputRequest[],
  format = TINY,
  withSound = true,
): Promise<readonly EncodedOutput[]> {
  const request = await encodeRequest(format, outputs, SOFTWARE, folder);
  return encodeMade({ ...request, ...(withSound && { sound }) });
}

async function readFacts(path: string) {
  const { moov, data } = await readMp4(path);
  return readMp4Facts(moov, data);
}

const FILES: readonly OutputRequest[] = [
  { container: "mp4", codec: "h264" },
  { container: "mp4", codec: "h264", pixelFormat: "yuv444p", repeat: 3 },
  { container: "mov", codec: "h264", repeat: 2, speed: "medium" },
  { container: "mov", codec: "h265" },
  { container: "mp4", codec: "h265", pixelFormat: "yuv420p10le", repeat: 2 },
  { container: "mp4", codec: "av1" },
  { container: "mp4", codec: "av1", pixelFormat: "yuv420p10le" },
  { container: "mov", codec: "prores" },
];

test("our files say by their indexes what ffprobe says", async () => {
  const odd = { ...TINY, width: 99, height: 71, frames: 7 };
  const rate = { frameRateNumerator: 24_000, frameRateDenominator: 1001 };
  const runs = [
    await encode(FILES),
    await encode(FILES, { ...odd, ...rate }, false),
    await encode(FILES.slice(0, 4), { ...TINY, ...(PACKING && { packing: PACKING }) }),
  ];
  for (const { output, path } of runs.flat()) {
    const what = `${output.codec} ${output.pixelFormat} in ${output.container}`;
    assert.deepEqual(await readFacts(path), await probeVideo(path, PROBING), what);
  }
});

test("what the index does not tell is asked of ffprobe: the alpha of ProRes, hardware's frames", async () => {
  const prores = { container: "mov", codec: "prores", pixelFormat: "yuva444p10le" };
  const [alpha, plain] = await encode([prores, {}]);
  assert.ok(alpha && plain);
  assert.equal(await readFacts(alpha.path), undefined);
  assert.match((await measureOutput(alpha, TINY, PROBING)).pixelFormat, /^yuva444p1[02]le$/);
  await assert.rejects(measureOutput(alpha, TINY, NO_FFPROBE), { reason: "ENCODER_CRASHED" });
  const hardware = ENCODERS.find((row) => row.codec === "h264" && row.hardware !== undefined);
  assert.ok(hardware);
  assert.equal((await measureOutput(plain, TINY, NO_FFPROBE)).frames, 12);
  const byHardware = { ...plain, encoder: hardware };
  assert.deepEqual(
    await measureOutput(byHardware, TINY, PROBING),
    await measureOutput(plain, TINY, NO_FFPROBE),
  );
  await assert.rejects(measureOutput(byHardware, TINY, NO_FFPROBE), { reason: "ENCODER_CRASHED" });
});

test("a file that is cut anywhere is refused, with its index in front or behind", async () => {
  const [front] = await encode([{}]);
  assert.ok(front);
  const behind = join(folder, "behind.mp4");
  const copy = ["-v", "error", "-i", front.path, "-c", "copy", behind];
  await promisify(execFile)("ffmpeg", copy);
  const part = join(folder, "part.mp4");
  for (const path of [front.path, behind]) {
    const whole = await readFile(path);
    assert.equal((await measureOutput({ ...front, path }, TINY, NO_FFPROBE)).frames, 12);
    // Every byte of the first boxes, and many of the others.
    for (let length = 0; length < whole.length; length += length < 64 ? 1 : 37) {
      await writeFile(part, whole.subarray(0, length));
      await assert.rejects(
        measureOutput({ ...front, path: part }, TINY, NO_FFPROBE),
        { reason: "ENCODER_CRASHED", metadata: { cause: "incomplete" } },
        `${length} of ${whole.length} bytes`,
      );
    }
  }
  await assert.rejects(
    measureOutput({ ...front, path: join(folder, "none.mp4") }, TINY, NO_FFPROBE),
    { reason: "ENCODER_CRASHED", metadata: { cause: "incomplete" } },
  );
});

test("damaged files are read or refused, whatever their sizes claim", async () => {
  const [{ path } = { path: "" }] = await encode([{}]);
  const whole = await readFile(path);
  const random = seededRandom(17);
  const damaged = join(folder, "damaged.mp4");
  for (let round = 0; round < 1000; round++) {
    await writeFile(damaged, mutated(whole, random));
    try {
      await readFacts(damaged);
    } catch (error) {
      const isRefused = error instanceof DepthmeshError && error.reason === "ENCODER_CRASHED";
      assert.ok(isRefused || error instanceof RangeError, `round ${round}: ${error}`);
    }
  }
});

test("a file of nothing but tiny boxes is refused soon", async () => {
  const path = join(folder, "boxes.mp4");
  const tiny = Buffer.from("\0\0\0\x08free", "latin1");
  await writeFile(path, Buffer.concat(Array.from({ length: 2000 }, () => tiny)));
  await assert.rejects(readMp4(path), { reason: "ENCODER_CRASHED" });
});
