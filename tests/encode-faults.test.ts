/**
 * Tests the encoder when something breaks: killed or hanging processes, full disks, limits, missing
 * encoders.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, test } from "node:test";
import { promisify } from "node:util";
import { DepthmeshError } from "../core/errors.js";
import { packagePath } from "../kit/process/package-path.js";
import { configureGuard, loadConfig } from "../services/encode/config.js";
import { ENCODERS } from "../services/encode/encoders.js";
import { startFfmpeg } from "../services/encode/ffmpeg.js";
import { runFfprobe } from "../services/encode/ffprobe.js";
import { startEncoder } from "../services/encode/start-encoder.js";
import { encodeMade, encodeRequest, RUN_LIMITS } from "../testing/encode/encode-run.js";
import { madeFrame, SMALL } from "../testing/encode/i420-frames.js";

const LARGE = { ...SMALL, width: 1280, height: 720, frames: 60 };
const SOFTWARE = ENCODERS.filter(({ hardware }) => !hardware);
const run = promisify(execFile);

/** Read before any test changes the settings of the guard script. */
const DEFAULTS = loadConfig();

const folders: string[] = [];
afterEach(async () => {
  configureGuard(DEFAULTS);
  await Promise.all(
    folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })),
  );
});

async function request(format = SMALL, output = {}, base = tmpdir()) {
  const made = await encodeRequest(format, [output], SOFTWARE, base);
  folders.push(made.folder);
  return made;
}

const fails = (reason: string, cause: string) => (error: unknown) => {
  assert.ok(error instanceof DepthmeshError, String(error));
  assert.deepEqual([error.reason, error.metadata.cause], [reason, cause], String(error.cause));
  return true;
};

/** Ids of the running child processes of this process. */
async function children(): Promise<number[]> {
  const list = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, "utf8");
  return list
    .split(" ")
    .filter((pid) => pid.trim() !== "")
    .map(Number);
}

test("if ffmpeg is killed from outside in the middle, the writer gets an error", async () => {
  const before = new Set(await children());
  const encoder = startEncoder(await request(LARGE));
  for (let i = 0; i < 5; i++) await encoder.write(madeFrame(LARGE, i));
  const [pid] = (await children()).filter((child) => !before.has(child));
  assert.ok(pid);
  process.kill(pid, "SIGKILL");
  const feedRest = async () => {
    for (let i = 5; i < LARGE.frames; i++) await encoder.write(madeFrame(LARGE, i));
    await encoder.finish();
  };
  await assert.rejects(feedRest, fails("ENCODER_CRASHED", "killed"));
});

for (const [when, frames] of [
  ["while frames are written", LARGE.frames],
  ["after the last frame", 1],
] as const) {
  test(`an ffmpeg that hangs ${when} is killed, and the writer gets an error`, async () => {
    const before = new Set(await children());
    const made = await request({ ...LARGE, frames });
    const encoder = startEncoder({ ...made, limits: { ...RUN_LIMITS, stallMs: 500 } });
    await encoder.write(madeFrame(LARGE, 0));
    const [pid] = (await children()).filter((child) => !before.has(child));
    assert.ok(pid);
    process.kill(pid, "SIGSTOP");
    const feedRest = async () => {
      for (let i = 1; i < frames; i++) await encoder.write(madeFrame(LARGE, i));
      await encoder.finish();
    };
    await assert.rejects(feedRest, { reason: "STAGE_STALLED", metadata: { limit_ms: "500" } });
    assert.equal(existsSync(`/proc/${pid}`), false, "the hanging process is gone");
  });
}

test("an encoder that waits for frames does not count as stalled", async () => {
  const made = await request();
  const encoder = startEncoder({ ...made, limits: { ...RUN_LIMITS, stallMs: 500 } });
  await encoder.write(madeFrame(SMALL, 0));
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  for (let i = 1; i < SMALL.frames; i++) await encoder.write(madeFrame(SMALL, i));
  assert.equal((await encoder.finish()).length, 1);
});

test("an ffprobe that hangs is killed", async () => {
  const hung = runFfprobe(["60"], { ffprobe: "sleep", stallMs: 500 });
  await assert.rejects(hung, { reason: "STAGE_STALLED" });
});

test("kill ends ffmpeg at once, even before its process has started", async () => {
  for (const frames of [0, 5]) {
    const before = new Set(await children());
    const encoder = startEncoder(await request(LARGE));
    for (let i = 0; i < frames; i++) await encoder.write(madeFrame(LARGE, i));
    await encoder.kill();
    assert.deepEqual(
      (await children()).filter((child) => !before.has(child)),
      [],
    );
    await assert.rejects(encoder.finish(), fails("ENCODER_CRASHED", "killed"));
  }
});

test("kill also ends the second pass of a GIF", async () => {
  const before = new Set(await children());
  const encoder = startEncoder(await request({ ...LARGE, frames: 20 }, { container: "gif" }));
  for (let i = 0; i < 20; i++) await encoder.write(madeFrame(LARGE, i));
  const [first] = (await children()).filter((child) => !before.has(child));
  const finished = encoder.finish();
  finished.catch(() => {});
  const isSecond = (child: number) => !before.has(child) && child !== first;
  while (!(await children()).some(isSecond)) await new Promise(setImmediate);
  await encoder.kill();
  await assert.rejects(finished);
  assert.deepEqual(
    (await children()).filter((child) => !before.has(child)),
    [],
  );
});

test("ffmpeg does not outlive its parent process", async () => {
  const { folder } = await request();
  const program = packagePath("dist", "testing", "encode", "orphan-encoder.js");
  const parent = execFile(process.execPath, [program, folder]);
  const [line] = (await once(parent.stdout ?? assert.fail(), "data")) as [string];
  const pid = Number(line);
  assert.ok(existsSync(`/proc/${pid}`));
  process.kill(parent.pid ?? assert.fail("it runs"), "SIGKILL");
  const gone = async () => {
    while (existsSync(`/proc/${pid}`) && !(await isZombie(pid))) await new Promise(setImmediate);
  };
  await gone();
});

/** A process whose parent is gone may stay a zombie, if no process reaps it. */
async function isZombie(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") Z");
  return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
}

test("a full disk is reported as STORAGE_FULL", async (t) => {
  const base = await mkdtemp(join(tmpdir(), "depthmesh-full-"));
  const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", base]).then(
    () => true,
    () => false,
  );
  try {
    if (!mounted) return t.skip("no right to mount a small file system here");
    const made = await request({ ...LARGE, frames: 20 }, { container: "mkv" }, base);
    await assert.rejects(encodeMade(made), fails("STORAGE_FULL", "disk_full"));
    // The fragments can be written here, and only the plain file beside them cannot.
    const live = await request({ ...LARGE, frames: 20 }, { container: "mp4" }, base);
    const [planned] = live.outputs;
    assert.ok(planned);
    const stream = new Writable({ emitClose: false, write: (_bytes, _encoding, done) => done() });
    const run = encodeMade({ ...live, live: { planned, stream } });
    await assert.rejects(run, fails("STORAGE_FULL", "disk_full"));
  } finally {
    if (mounted) await run("umount", [base]);
    await rm(base, { recursive: true, force: true });
  }
});

test("a file beyond the limit of its size is reported as OUTPUT_TOO_LARGE", async () => {
  configureGuard({ ...DEFAULTS, encoderFileBytes: 1024 * 1024 });
  const made = await request({ ...LARGE, frames: 20 }, { container: "mkv" });
  await assert.rejects(encodeMade(made), fails("OUTPUT_TOO_LARGE", "file_size_limit"));
});

for (const [who, encoderMemoryBytes, memoryBytes] of [
  ["the operator", 768 * 1024 * 1024, RUN_LIMITS.memoryBytes],
  ["the size of the frames", 0, 768 * 1024 * 1024],
] as const) {
  test(`the memory of ffmpeg is limited by ${who}`, async () => {
    configureGuard({ ...DEFAULTS, encoderMemoryBytes });
    const format = { ...SMALL, width: 4096, height: 4096 };
    const made = await request(format, { codec: "h265", speed: "slow" });
    const encoder = startEncoder({ ...made, limits: { ...RUN_LIMITS, memoryBytes } });
    const frame = Buffer.alloc((4096 * 4096 * 3) / 2);
    const feed = async () => {
      for (let i = 0; i < format.frames; i++) await encoder.write(frame);
      await encoder.finish();
    };
    await assert.rejects(feed, (error: DepthmeshError) => {
      assert.equal(error.metadata.limit_bytes, String(768 * 1024 * 1024));
      return fails("ENCODER_CRASHED", "memory_limit")(error);
    });
  });
}

test("the processor time of ffmpeg is limited", async () => {
  configureGuard({ ...DEFAULTS, encoderCpuSeconds: 1 });
  const format = { ...LARGE, frames: 600 };
  const encoder = startEncoder(await request(format, { codec: "h265", speed: "slow" }));
  const frame = madeFrame(format, 0);
  const feed = async () => {
    for (let i = 0; i < format.frames; i++) await encoder.write(frame);
    await encoder.finish();
  };
  await assert.rejects(feed, fails("ENCODER_CRASHED", "killed"));
});

test("an encode that gets no frames ends at the limit of its run time", async () => {
  const encoder = startEncoder({ ...(await request()), limits: { ...RUN_LIMITS, wallSeconds: 1 } });
  await encoder.write(madeFrame(SMALL, 0));
  const frameless = async () => {
    for (;;) {
      await encoder.write(Buffer.alloc(0));
      await new Promise(setImmediate);
    }
  };
  await assert.rejects(frameless, fails("ENCODER_CRASHED", "time_limit"));
});

test("an encoder that ffmpeg was built without is reported as CODEC_UNAVAILABLE", async () => {
  const made = await request();
  const [planned] = made.outputs;
  assert.ok(planned);
  const missing = { ...planned, encoder: { name: "libnothing", codec: "h264" as const } };
  await assert.rejects(
    encodeMade({ ...made, outputs: [missing] }),
    fails("CODEC_UNAVAILABLE", "encoder_missing"),
  );
});

test("the text of ffmpeg is kept for the log, and ffmpeg opens no network address", async () => {
  const away = startFfmpeg({
    inputs: [{ arguments: ["-f", "mov"], source: { file: "http://127.0.0.1:9/video.mp4" } }],
    outputs: [{ arguments: ["-f", "null"], target: "/dev/null" }],
    limits: RUN_LIMITS,
  });
  await assert.rejects(away.finish(), (error: DepthmeshError) => {
    assert.match(String((error.cause as Error).message), /not on whitelist/);
    assert.doesNotMatch(error.message + JSON.stringify(error.metadata), /127\.0\.0\.1/);
    return true;
  });
});
