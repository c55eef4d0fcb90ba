/** The trials of the encoders end when the worker is told to stop. */
import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isAlive } from "../../kit/process/process-stat.js";
import { eventually } from "../../testing/eventually.js";
import { configureGuard } from "./config.js";
import { probeEncoders } from "./probe.js";

const folder = await mkdtemp(join(tmpdir(), "probe-"));
after(() => rm(folder, { recursive: true, force: true }));

/** An ffmpeg that answers questions, and hangs when it is to encode. */
async function hangingFfmpeg(pids: string): Promise<string> {
  const path = join(folder, "ffmpeg");
  const lines = [
    "#!/bin/sh",
    'case " $* " in',
    '  *" -i "*) echo $$ >> "$0.pids"; exec sleep 600 ;;',
    '  *) exec ffmpeg "$@" ;;',
    "esac",
  ];
  await writeFile(path, `${lines.join("\n")}\n`);
  await chmod(path, 0o755);
  await writeFile(pids, "");
  return path;
}

test("an abort ends trials that hang, with their processes, and begins no other", async () => {
  const pidsFile = join(folder, "ffmpeg.pids");
  const ffmpeg = await hangingFfmpeg(pidsFile);
  configureGuard({
    ffmpeg,
    encoderMemoryBytes: 2 ** 31,
    encoderFileBytes: 2 ** 30,
    encoderCpuSeconds: 60,
  });
  const pids = async () =>
    (await readFile(pidsFile, "utf8")).split("\n").filter(Boolean).map(Number);
  const stop = new AbortController();
  const probing = probeEncoders({
    compiled: new Set(["libx264", "libx265", "libvpx-vp9", "gif"]),
    hardware: false,
    signal: stop.signal,
  });
  await eventually("two trials run", async () => (await pids()).length === 2);
  const why = new Error("stopping");
  stop.abort(why);
  await assert.rejects(probing, (error) => error === why);
  const started = await pids();
  assert.equal(started.length, 2);
  assert.deepEqual(started.filter(isAlive), []);
});
