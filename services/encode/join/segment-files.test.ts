/** Files can be joined if a decoder is told the same before the first frame of each. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { headerOf } from "./segment-files.js";

const run = promisify(execFile);
const PROBING = { ffprobe: "ffprobe", stallMs: 30_000 };

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-join-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A second of video from `from` seconds on. */
async function encode(name: string, from: number, ...options: string[]): Promise<string> {
  const file = join(folder, name);
  const source = `testsrc2=s=128x96:r=12:d=${from + 1},trim=start=${from},setpts=PTS-STARTPTS`;
  const coded = ["-c:v", "libx264", "-pix_fmt", "yuv420p", ...options];
  await run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", source, ...coded, file]);
  return file;
}

for (const container of ["mp4", "mkv"] as const) {
  test(`other frames have the same header in ${container}, another encoder does not`, async () => {
    const headers = await Promise.all([
      encode(`a.${container}`, 0),
      encode(`b.${container}`, 2),
      encode(`c.${container}`, 0, "-profile:v", "baseline"),
    ]).then((files) => Promise.all(files.map((file) => headerOf(file, { container }, PROBING))));
    assert.equal(headers[0], headers[1]);
    assert.notEqual(headers[0], headers[2]);
  });
}
