/** `depthmesh` where no mesh runs: each command starts one, and its jobs outlive it. */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { childEnvironment } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import { probeVideo } from "../testing/encode/video.js";
import { eventually } from "../testing/eventually.js";
import { SAMPLE } from "../testing/mesh/fixture.js";

const run = promisify(execFile);
const COMMAND = packagePath("bin", "depthmesh");
const SMALL = ["--duration", "500ms", "--fps", "12", "--longest-side", "320"];
let folder: string;
let env: Record<string, string>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-temporary-"));
  env = childEnvironment({
    HOME: folder,
    XDG_RUNTIME_DIR: join(folder, "run"),
    XDG_DATA_HOME: join(folder, "share"),
  });
  await mkdir(join(folder, "run"));
  await cp(SAMPLE, join(folder, "photo.png"));
});
after(() => rm(folder, { recursive: true, force: true }));

const depthmesh = (...args: string[]) => run(COMMAND, args, { cwd: folder, env });

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function failure(...args: string[]): Promise<Ended> {
  return depthmesh(...args).then(
    () => assert.fail("it succeeded"),
    (error: Ended) => error,
  );
}

/** A command at work, with what it has written on standard error so far. */
function start(
  args: readonly string[],
  settings: Record<string, string> = {},
): { readonly child: ChildProcess; readonly told: () => string } {
  const child = spawn(COMMAND, args, {
    cwd: folder,
    env: { ...env, ...settings },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let told = "";
  child.stderr?.on("data", (bytes) => {
    told += String(bytes);
  });
  return { child, told: () => told };
}

test("Ctrl-C leaves the job, and `jobs get` waits for the data folder, finishes it and fetches it", async () => {
  const frames = ["--duration", "10s", "--fps", "24", "--longest-side", "480"];
  const { child, told } = start(["convert", "photo.png", "-o", "long.mp4", ...frames]);
  const exited = once(child, "exit");
  await eventually("frames are drawn", () => told().includes("render"));
  child.kill("SIGINT");
  const job = /^job (\w+)$/m.exec(told())?.[1] ?? assert.fail(told());
  const got = await depthmesh("jobs", "get", job, "-o", "long.mp4");
  assert.deepEqual(await exited, [130, null]);
  assert.ok(told().includes(`depthmesh jobs get ${job} -o long.mp4 `), told());
  assert.match(told(), /the job is kept, and goes on with the next mesh/);
  assert.match(got.stderr, /^waiting: process \d+ is using the data folder .*share\/depthmesh$/m);
  assert.equal((await probeVideo(join(folder, "long.mp4"))).nb_read_frames, "240");
});

/** An ffmpeg that waits for `file` and then does `act`. */
async function ffmpegAfter(file: string, act: string): Promise<string> {
  const program = join(folder, "late-ffmpeg");
  const wait = `while [ ! -e '${file}' ]; do sleep 0.05; done`;
  await writeFile(program, `#!/bin/sh\n${wait}\n${act}\n`, { mode: 0o755 });
  return program;
}

test("a job is accepted before the workers serve, and made when they do", async () => {
  const go = join(folder, "go");
  const ffmpeg = await ffmpegAfter(go, 'exec ffmpeg "$@"');
  const args = ["convert", "photo.png", "-o", "early.mp4", "--no-cache", ...SMALL];
  const { child, told } = start(args, { DEPTHMESH_FFMPEG: ffmpeg });
  const exited = once(child, "exit");
  await eventually("the job is accepted", () => /^job \w+$/m.test(told()));
  // The encode service cannot serve before this file exists.
  await writeFile(go, "");
  assert.deepEqual(await exited, [0, null], told());
  assert.equal((await probeVideo(join(folder, "early.mp4"))).nb_read_frames, "6");
});

test("a worker that cannot start ends the command with its reason, and the job with it", async () => {
  const args = ["convert", "photo.png", "-o", "never.mp4", "--no-cache", ...SMALL];
  const go = join(folder, "fail");
  const ffmpeg = await ffmpegAfter(go, "echo no such library >&2; exit 1");
  const { child, told } = start(args, { DEPTHMESH_FFMPEG: ffmpeg });
  const exited = once(child, "exit");
  await eventually("the job is accepted", () => /^job \w+$/m.test(told()));
  await writeFile(go, "");
  assert.deepEqual(await exited, [1, null], told());
  assert.match(
    told(),
    /^error: SERVICE_UNAVAILABLE: the encode service did not start: .*mesh\.log/m,
  );
  assert.doesNotMatch(told(), /interrupted/);
  const job = /^job (\w+)$/m.exec(told())?.[1] ?? assert.fail(told());
  const { stdout } = await depthmesh("jobs", "show", job, "--json");
  assert.equal(JSON.parse(stdout).state, "CANCELLED");
});

test("several photos: a table, the failures' reasons, an exit status, and videos beside the photos", async () => {
  const photos = join(folder, "photos");
  await mkdir(photos);
  await cp(SAMPLE, join(photos, "good.png"));
  await writeFile(join(photos, "no photo.jpg"), "a text, and long enough to look at it as a photo");
  await writeFile(join(photos, "notes.txt"), "not a photo by its name");
  const { code, stdout } = await failure("convert", "photos", "photo.png", ...SMALL);
  assert.equal(code, 1);
  const [header, good, bad, single, sum] = stdout.trim().split("\n");
  assert.match(header ?? "", /^PHOTO +STATE +SECONDS +SIZE +FILES OR REASON$/);
  assert.match(good ?? "", /^photos\/good\.png +done +\d+\.\d +\d+\.\d kB +photos\/good\.mp4/);
  assert.match(bad ?? "", /^photos\/no photo\.jpg +failed +IMAGE_UNSUPPORTED_FORMAT: /);
  assert.match(single ?? "", /^photo\.png +done .* photo\.mp4/);
  assert.equal(sum, "2 of 3 made, 1 failed");
  assert.deepEqual((await readdir(photos)).sort(), [
    ...["good.mp4", "good.png", "no photo.jpg", "notes.txt"],
  ]);

  const before = await readFile(join(folder, "photo.mp4"));
  const { stderr } = await failure("convert", "photo.png", "--preset", "zoom", ...SMALL);
  assert.match(stderr, /^error: PARAMETER_CONFLICT: photo\.mp4 exists; .* -o photo\.mp4$/m);
  assert.deepEqual(await readFile(join(folder, "photo.mp4")), before);
});

test("files that several photos would share, and folders without photos, are refused at once", async () => {
  await mkdir(join(folder, "empty"));
  await cp(SAMPLE, join(folder, "photos", "good.jpg"));
  const cases: [string[], RegExp][] = [
    [["photos", "-o", "one.mp4"], /PARAMETER_CONFLICT: .*--output one\.mp4.*\{name\}/],
    [["photos", "--poster", "one.jpg"], /PARAMETER_CONFLICT: .*--poster/],
    [["photos", "-o", "-"], /PARAMETER_CONFLICT: only one photo/],
    [["photos", "--request-id", "x"], /PARAMETER_CONFLICT: --request-id/],
    [["photos", "-o", "empty"], /PARAMETER_CONFLICT: empty\/good\.mp4 .*is written too/],
    [["empty"], /FILE_NOT_FOUND: empty has no photos/],
    [["nowhere", "-o", "x.mp4"], /FILE_NOT_FOUND: nowhere does not exist/],
    [["photo.png", "-o", "x.mp4", "--sound", "none.mp3"], /FILE_NOT_FOUND: none\.mp3/],
  ];
  for (const [args, expected] of cases) {
    const { code, stderr } = await failure("convert", ...args);
    assert.match(stderr.trim(), expected, args.join(" "));
    assert.doesNotMatch(stderr, /starting one/);
    assert.equal(code, 1);
  }
});

test("a wrong command line ends with its error, says what was meant, and exits with 2", async () => {
  const cases: [string[], RegExp][] = [
    [
      ["convert", "photo.png", "--widht", "3"],
      /unknown option '--widht'\. Did you mean --width\?$/,
    ],
    [["convret", "photo.png"], /unknown command 'convret'\. Did you mean convert\?$/],
    [["convert"], /missing required argument 'photos'$/],
    [["jobs", "gte", "x"], /unknown command 'gte'\. Did you mean get\?$/],
  ];
  for (const [args, expected] of cases) {
    const { code, stderr } = await failure(...args);
    const [usage = "", error = "", ...rest] = stderr.trim().split("\n");
    assert.deepEqual([code, rest], [2, []], stderr);
    assert.match(usage, /^usage: depthmesh /);
    assert.match(error, expected);
  }
});

test("the help is short, in groups and with examples; --help-all has the rest", async () => {
  const { stdout: short } = await depthmesh("convert", "--help");
  const { stdout: whole } = await depthmesh("convert", "--help-all");
  for (const heading of ["Files:", "Camera:", "Clip:", "Mesh:", "Examples:"]) {
    assert.match(short, new RegExp(`^${heading}$`, "m"));
  }
  assert.ok(short.split("\n").length < 100, `${short.split("\n").length} lines`);
  assert.doesNotMatch(short, /--pixel-format|camera\.isometric/);
  assert.match(whole, /--pixel-format[\s\S]*camera\.isometric/);
});

test("jobs of an earlier version in the working directory are pointed out", async () => {
  await mkdir(join(folder, ".depthmesh", "nats"), { recursive: true });
  const { code, stderr, stdout } = await failure("status");
  assert.equal(code, 3, "no mesh is running");
  assert.match(stderr, /^note: jobs are kept in .*share\/depthmesh now; .*--data \.depthmesh/);
  assert.match(stdout, /no mesh is running[\s\S]*share\/depthmesh +\d/);
});
