/** The `depthmesh` command, run as a user runs it. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import sharp from "sharp";
import { readNpy } from "../core/depthmap/files/npy.js";
import { childEnvironment } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import { probeVideo } from "../testing/encode/video.js";
import { eventually } from "../testing/eventually.js";
import { SAMPLE } from "../testing/mesh/fixture.js";
import { type ModelFolder, modelFolder } from "../testing/models/model-folder.js";
import { BRIGHTNESS } from "../testing/models/onnx-graph.js";
import { commandLine, descendants } from "../testing/process-facts.js";

const run = promisify(execFile);
const COMMAND = packagePath("bin", "depthmesh");
let folder: string;
let env: Record<string, string>;
let models: ModelFolder;
/** Where the production model will be: known to the mesh from its start, but not yet there. */
let productionModel: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-cli-"));
  models = await modelFolder();
  productionModel = models.install("depth-anything-v2-small", BRIGHTNESS);
  await rm(productionModel);
  // A separate runtime folder: the user's mesh is not found, and ours is not left there.
  env = childEnvironment({
    XDG_RUNTIME_DIR: folder,
    XDG_DATA_HOME: join(folder, "share"),
    DEPTHMESH_MODELS: models.path,
  });
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
  await models.remove();
});

const depthmesh = (...args: string[]) => run(COMMAND, args, { cwd: folder, env });

async function failure(...args: string[]): Promise<{ code: number; stderr: string }> {
  return depthmesh(...args).then(
    () => assert.fail("it succeeded"),
    (error: { code: number; stderr: string }) => error,
  );
}

interface StatusJson {
  readonly meshes: readonly {
    readonly workers: readonly {
      readonly service: string;
      readonly address: string;
      readonly state: string;
    }[];
  }[];
}

/** The process of a service below the process of `depthmesh up`. */
async function workerOf(up: number, service: string): Promise<number> {
  for (const { pid } of await descendants(up)) {
    if ((await commandLine(pid)).includes(`services/${service}/main.js`)) return pid;
  }
  return assert.fail(`${service} does not run`);
}

const SMALL = ["--duration", "0.5", "--fps", "12", "--width", "320"];

test("up, convert, depth, jobs and trace work together, and Ctrl-C shuts the mesh down", async (t) => {
  const up = spawn(COMMAND, ["up", "--port", "0"], { cwd: folder, env, stdio: "pipe" });
  t.after(() => up.kill("SIGINT"));
  const exited = once(up, "exit");
  up.stderr.resume();
  const lines: string[] = [];
  createInterface({ input: up.stdout }).on("line", (line) => lines.push(line));
  await eventually("every process is named", () => lines.length >= 4);
  const [ready = "", ...listed] = lines;
  assert.match(ready, /^ready grpc=127\.0\.0\.1:\d+ admin=127\.0\.0\.1:\d+$/);
  for (const [i, stage] of ["depth", "render", "encode"].entries()) {
    assert.match(listed[i] ?? "", new RegExp(`^worker ${stage} grpc=127\\.0\\.0\\.1:\\d+$`));
  }

  const video = join(folder, "video.mp4");
  const strip = join(folder, "strip.png");
  const more = ["--trace", "--strip", strip, "--strip-count", "2"];
  const converted = await depthmesh("convert", SAMPLE, "-o", video, ...more, ...SMALL);
  assert.match(converted.stdout, /process encode/);
  assert.match(converted.stdout, /trace [0-9a-f]{32}/);
  assert.match(converted.stderr, /^depth by .* built-in model; .*models pull .*-v2-small.*$/m);
  assert.equal((await probeVideo(video)).nb_read_frames, "6");
  assert.equal((await readFile(strip)).readUInt32BE(16), 640, "two stills of 320 pixels");

  const map = join(folder, "depth.png");
  await depthmesh("depth", SAMPLE, "-o", map);
  assert.equal((await readFile(map)).readUInt8(24), 16, "16 bits a sample");
  const floats = join(folder, "depth.npy");
  await writeFile(productionModel, BRIGHTNESS);
  const better = await depthmesh("depth", SAMPLE, "-o", floats);
  assert.doesNotMatch(better.stderr, /built-in model|note:/, "the installed model is taken");
  await rm(productionModel);
  const read = readNpy(await readFile(floats));
  assert.ok(read.width === 600 && Math.max(...read.values.subarray(0, 9000)) <= 1);
  const colored = join(folder, "colored.png");
  await depthmesh("depth", SAMPLE, "-o", colored, "--colormap", "ember", "--depth-map", floats);
  const { channels, depth } = await sharp(colored).metadata();
  assert.deepEqual([channels, depth], [3, "uchar"]);

  const { stdout: list } = await depthmesh("jobs", "ls");
  const [header = "", ...rows] = list.trim().split("\n");
  assert.match(header, /^JOB +STATE +AGE +PHOTO +PRESET +FILES OR ERROR$/);
  assert.equal(rows.length, 4);
  const failed = await depthmesh("jobs", "ls", "--state", "failed");
  assert.equal(failed.stdout.trim().split("\n").length, 1, "only the header");
  const one = await depthmesh("jobs", "ls", "--state", "succeeded", "-n", "1");
  assert.match(one.stdout, /^JOB .*\n\w+ +SUCCEEDED .*\n… and more; -n 10 lists them\n$/);
  const job = rows[3]?.split(" ")[0] ?? "";
  assert.ok(converted.stderr.includes(`job ${job}\n`), "convert has named its job");
  const { stdout: shown } = await depthmesh("jobs", "show", job);
  assert.match(shown, /SUCCEEDED/);
  assert.match(shown, /video\.mp4/);
  const { stdout: watched } = await depthmesh("jobs", "watch", job);
  assert.match(watched, /QUEUED[\s\S]*DEPTH[\s\S]*RENDER[\s\S]*ENCODE[\s\S]*SUCCEEDED/);
  const { stdout: waterfall } = await depthmesh("trace", job);
  assert.match(waterfall, /gateway +upload/);
  const cancelled = await failure("jobs", "cancel", job);
  assert.match(cancelled.stderr, /^error: JOB_ALREADY_TERMINAL: /);

  const unclear = await failure("jobs", "retry", job);
  assert.match(unclear.stderr, /^error: PARAMETER_CONFLICT: .*known=depth render encode/);
  const late = await failure("convert", SAMPLE, "-o", video, "--deadline", "-1");
  assert.match(late.stderr, /error: PARAMETER_OUT_OF_RANGE: .*limit_minimum=/);
  const { stdout: retried } = await depthmesh("jobs", "retry", job, "--from", "encode");
  const { stdout: followed } = await depthmesh("jobs", "watch", retried.split(" ")[0] ?? "");
  assert.match(followed, /QUEUED[\s\S]*RENDER[\s\S]*ENCODE[\s\S]*SUCCEEDED/);

  const renderers = async () => {
    const { meshes } = JSON.parse((await depthmesh("status", "--json")).stdout) as StatusJson;
    return (meshes[0]?.workers ?? []).filter(({ service }) => service === "render");
  };
  const [render] = await renderers();
  process.kill(await workerOf(up.pid ?? 0, "render"), "SIGKILL");
  await eventually("status shows where the new worker listens", async () => {
    // The one that was killed is listed until its announcement ends.
    const serving = (await renderers()).filter(({ state }) => state === "serving");
    return serving.length === 1 && serving[0]?.address !== render?.address;
  });

  up.kill("SIGINT");
  const [code] = await exited;
  assert.equal(code, 0);
  const { stdout: later, stderr } = await depthmesh("jobs", "show", job, "--json");
  assert.match(stderr, /^no mesh is running; starting one for this command/);
  assert.equal((JSON.parse(later) as { state: string }).state, "SUCCEEDED");
});

test("bad arguments and bad photos are explained and give a non-zero exit code", async () => {
  const text = join(folder, "text.jpg");
  await writeFile(text, "not a photograph, whatever its name says, and long enough to look at");
  const picture = join(folder, "picture.png");
  await writeFile(picture, "no picture either, but that is for later to find");
  const out = join(folder, "never.mp4");
  const map = join(folder, "never.png");
  const numbers = join(folder, "never.npy");
  const cases: [string[], RegExp][] = [
    [["convert", join(folder, "absent.jpg"), "-o", out], /^error: FILE_NOT_FOUND: .*absent/],
    [["convert", SAMPLE, "-o", out, "--intensity", "9"], /^error: PARAMETER_OUT_OF_RANGE: /],
    [["convert", SAMPLE, "-o", out, "--fps", "fast"], /^error: PARAMETER_OUT_OF_RANGE: /],
    [["convert", SAMPLE, "-o", out, "--polarity", "up"], /^error: PARAMETER_UNKNOWN: /],
    [["depth", SAMPLE, "-o", map, "--polarity", "distance"], /^error: PARAMETER_CONFLICT: /],
    [["depth", SAMPLE, "-o", join(folder, "map.exr")], /^error: PARAMETER_UNKNOWN: .*known=\.png/],
    [["depth", SAMPLE, "-o", numbers, "--colormap", "ember"], /^error: PARAMETER_CONFLICT: /],
    [
      ["depth", picture, "-o", picture],
      /^error: PARAMETER_CONFLICT: .*would be written, but it is read/,
    ],
    [["convert", SAMPLE, "-o", out, "-o", out], /^error: PARAMETER_CONFLICT: .*is written too/],
    [
      ["convert", SAMPLE, "-o", join(text, "a.mp4")],
      /^error: PARAMETER_CONFLICT: .*is not a folder/,
    ],
    [["convert", SAMPLE, "--poster", out], /^error: PARAMETER_UNKNOWN: .*none of \.png/],
    [["models", "pull", "auto"], /^error: PARAMETER_CONFLICT: /],
    [["models", "verify", "depth-anything-v2-small"], /^error: MODEL_NOT_INSTALLED: /],
    [["convert", SAMPLE, "-o", out, "--deadline", "soon"], /^error: PARAMETER_OUT_OF_RANGE: /],
    [["up", "--depth", "-1"], /^error: PARAMETER_OUT_OF_RANGE: /],
  ];
  for (const [args, expected] of cases) {
    const { code, stderr } = await failure(...args);
    assert.match(stderr.trim().split("\n").at(-1) ?? "", expected, args.join(" "));
    assert.notEqual(code, 0);
  }
  const { stderr } = await failure("convert", text, "-o", out);
  assert.match(stderr, /error: IMAGE_UNSUPPORTED_FORMAT: /);
});

test("a wrong setting on this machine is reported as such, not as an internal error", async () => {
  const wrong = { ...env, DEPTHMESH_DRAIN_MS: "soon" };
  const { stderr } = await run(COMMAND, ["up"], { cwd: folder, env: wrong }).then(
    () => assert.fail("it started"),
    (error: { stderr: string }) => error,
  );
  assert.match(stderr, /^error: environment variables are wrong\n.*DEPTHMESH_DRAIN_MS is "soon"/);
});

test("Ctrl-C while a mesh starts stops the processes that were started", async (t) => {
  const data = join(folder, "interrupted");
  const options = { cwd: folder, env, stdio: "pipe" } as const;
  const up = spawn(COMMAND, ["up", "--port", "0", "--data", data], options);
  t.after(() => up.kill("SIGKILL"));
  const exited = once(up, "exit");
  const messages: string[] = [];
  up.stderr.on("data", (bytes) => messages.push(String(bytes)));
  await eventually("it has begun", () => existsSync(join(data, "nats")));
  up.kill("SIGINT");
  assert.deepEqual(await exited, [0, null]);
  assert.match(messages.join(""), /stopped before the mesh was ready/);
});

test("doctor finds everything that the setup installed", async () => {
  const { stdout } = await depthmesh("doctor");
  for (const name of ["nats-server", "ffmpeg", "GL", "models", "disk"]) {
    assert.match(stdout, new RegExp(`^ok +${name}`, "m"));
  }
});
