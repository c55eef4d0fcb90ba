/**
 * Every command of docs/recipes.md is run against one mesh, with small videos, and each file that
 * it makes is what the page says.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { validateBytes } from "gltf-validator";
import sharp from "sharp";
import { childEnvironment } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import { makeRecipeInputs } from "../testing/cli/recipe-inputs.js";
import { probeVideo } from "../testing/encode/video.js";
import { eventually } from "../testing/eventually.js";
import { unzipped } from "../testing/zip.js";

const run = promisify(execFile);
const COMMAND = packagePath("bin", "depthmesh");
const SMALL = packagePath("dist", "testing", "cli", "small-command.js");

interface Recipe {
  readonly title: string;
  /** Shell lines, as the page has them. */
  readonly scripts: readonly string[];
}

/** The recipes of the page with their indented blocks, without the mesh that is running already. */
function recipes(): Recipe[] {
  // Blocks between fences are no commands.
  const page = readFileSync(packagePath("docs", "recipes.md"), "utf8").replace(
    /^```.*?^```$/gms,
    "",
  );
  const [, ...sections] = page.split(/^## /m);
  return sections.map((section) => {
    const [title = "", ...lines] = section.split("\n");
    const blocks = lines.join("\n").split(/\n(?! {4})/);
    const scripts = blocks
      .map((block) => block.split("\n").filter((line) => line.startsWith("    ")))
      .map((block) => block.map((line) => line.slice(4)).join("\n"))
      .filter((script) => script !== "" && !script.startsWith("depthmesh up"));
    return { title, scripts };
  });
}

let folder: string;
let env: Record<string, string>;
let up: ChildProcess;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-recipes-"));
  const bin = join(folder, "bin");
  env = childEnvironment({
    HOME: folder,
    XDG_RUNTIME_DIR: join(folder, "run"),
    XDG_DATA_HOME: join(folder, "share"),
    DEPTHMESH_DRAIN_MS: "1000",
  });
  env.PATH = `${bin}:${env.PATH}`;
  await mkdir(bin);
  await mkdir(join(folder, "run"));
  const shim = `#!/bin/sh\nexec '${process.execPath}' '${SMALL}' "$@"\n`;
  await writeFile(join(bin, "depthmesh"), shim, { mode: 0o755 });
  await makeRecipeInputs(folder);
  up = spawn(COMMAND, ["up", "--port", "0"], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  createInterface({ input: up.stdout as NodeJS.ReadableStream }).on("line", (line) =>
    lines.push(line),
  );
  await eventually("the mesh is ready", () => lines.some((line) => line.startsWith("ready ")));
});

after(async () => {
  if (up?.exitCode === null) {
    up.kill("SIGINT");
    await once(up, "exit");
  }
  await rm(folder, { recursive: true, force: true });
});

const bash = (script: string) =>
  run("bash", ["-euc", script], { cwd: folder, env, maxBuffer: 16 * 1024 * 1024 });

const file = (name: string) => join(folder, name);

async function size(name: string): Promise<[width: number, height: number]> {
  const { width, height } = await probeVideo(file(name));
  return [width, height];
}

async function streams(name: string): Promise<string[]> {
  const facts = ["-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0"];
  return (await run("ffprobe", [...facts, file(name)])).stdout.trim().split("\n");
}

const json = async (name: string) => JSON.parse(await readFile(file(name), "utf8"));

/** Mean of the absolute differences between two stills of a strip, 0 to 255. */
async function difference(name: string, left: number, right: number): Promise<number> {
  const { width = 0, height = 0 } = await sharp(file(name)).metadata();
  const side = Math.floor(width / 6);
  const still = (index: number) =>
    sharp(file(name))
      .extract({ left: index * side, top: 0, width: side, height })
      .greyscale()
      .raw()
      .toBuffer();
  const [a, b] = await Promise.all([still(left), still(right)]);
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;
}

/** What each recipe must have made, by its title; every recipe with commands has one. */
const CHECKS: Readonly<Record<string, () => Promise<void>>> = {
  "A folder of photos": async () => {
    assert.deepEqual((await readdir(file("videos"))).sort(), ["a.mp4", "b.mp4"]);
    assert.deepEqual((await readdir(file("web"))).sort(), ["a.jpg", "a.webm", "b.jpg", "b.webm"]);
    assert.deepEqual(await streams("videos/a.mp4"), ["h264"]);
    assert.deepEqual(await streams("web/b.webm"), ["vp9"]);
  },
  "A GIF below 5 MB": async () => {
    assert.ok((await stat(file("clip.gif"))).size <= 60_000);
    const { pages = 0, format } = await sharp(file("clip.gif")).metadata();
    assert.ok(format === "gif" && pages > 1, "it is animated");
  },
  "A transparent WebP": async () => {
    const { format, pages = 0, hasAlpha } = await sharp(file("cutout.webp")).metadata();
    assert.deepEqual([format, pages > 1, hasAlpha], ["webp", true, true]);
    const { data, info } = await sharp(file("cutout.webp"))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const alpha = (x: number, y: number) =>
      data[(Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * 4 + 3];
    assert.deepEqual([alpha(0.05, 0.05), alpha(0.5, 0.5)], [0, 255]);
  },
  "The foreground alone, without its background": async () => {
    const { stdout } = await run("ffprobe", [
      ...["-v", "error", "-show_entries", "stream_tags=alpha_mode", "-of", "csv=p=0"],
      file("foreground.webm"),
    ]);
    assert.equal(stdout.trim(), "1");
    const { channels } = await sharp(file("foreground.apng")).stats();
    assert.deepEqual([channels[3]?.min, channels[3]?.max], [0, 255]);
  },
  "A push-in on a face": async () => {
    assert.deepEqual(await streams("push.mp4"), ["h264"]);
    assert.deepEqual(await size("push.mp4"), [320, 320]);
  },
  "Your own depth map": async () => {
    assert.equal((await readFile(file("map.png"))).readUInt8(24), 16, "16 bits a sample");
    assert.deepEqual(await streams("own.mp4"), ["h264"]);
  },
  "With sound": async () => assert.deepEqual(await streams("sound.mp4"), ["h264", "aac"]),
  "A poster, and a strip to look at": async () => {
    const poster = await sharp(file("poster.jpg")).metadata();
    const strip = await sharp(file("strip.png")).metadata();
    assert.deepEqual([poster.format, poster.width], ["jpeg", 320]);
    assert.deepEqual([strip.format, strip.width], ["png", 6 * 320]);
    assert.ok((await difference("strip.png", 0, 3)) > 1, "the camera has moved");
  },
  "Depth and normals, to light or composite a photo": async () => {
    const normals = await sharp(file("normals.png")).metadata();
    const depth = await sharp(file("depth.png")).metadata();
    assert.deepEqual([normals.depth, normals.channels], ["ushort", 3]);
    assert.deepEqual([normals.width, normals.height], [depth.width, depth.height]);
    // Most of a photo looks at the viewer, and no side is preferred.
    const { channels } = await sharp(file("normals.png")).stats();
    const means = channels.map(({ mean }) => mean);
    const [red = 0, green = 0, blue = 0] = means;
    assert.ok(Math.abs(red - 32_768) < 3_000 && Math.abs(green - 32_768) < 3_000, `${means}`);
    assert.ok(blue > 60_000, `${means}`);
  },
  "Layers for After Effects, Blender or Nuke": async () => {
    const files = unzipped(await readFile(file("layers.zip")));
    const facts = JSON.parse(String(files.get("layers.json")));
    for (const name of ["front.png", "back.png"]) {
      const { width, height, hasAlpha } = await sharp(files.get(name)).metadata();
      assert.deepEqual([{ width, height }, hasAlpha], [facts.pictures, true]);
    }
  },
  "A 3D scene for Blender or three.js": async () => {
    const { issues } = await validateBytes(new Uint8Array(await readFile(file("scene.glb"))));
    assert.deepEqual([issues.numErrors, issues.numWarnings], [0, 0], JSON.stringify(issues));
  },
  "A page that moves with the pointer": async () => {
    const files = unzipped(await readFile(file("viewer.zip")));
    assert.match(String(files.get("viewer/index.html")), /^<!doctype html>/);
  },
  "Compare presets": async () => {
    for (const name of ["circle.png", "orbital.png", "push-in.png"]) {
      assert.equal((await sharp(file(name)).metadata()).width, 4 * 160);
    }
  },
  "Several files at once, for a web page": async () => {
    assert.deepEqual(await streams("loop.mp4"), ["h264"]);
    assert.deepEqual(await streams("loop.webm"), ["vp9"]);
    assert.equal((await sharp(file("loop.jpg")).metadata()).format, "jpeg");
  },
  "JSON for scripts": async () => {
    const [made] = await json("made.json");
    assert.deepEqual(
      [made.photo, made.state, made.files[0].path],
      ["photo.jpg", "done", "script.mp4"],
    );
    const [job] = await json("jobs.json");
    assert.deepEqual([job.name, job.state, job.photo], [made.job, "SUCCEEDED", "photo.jpg"]);
  },
  "A square clip, a portrait clip": async () => {
    assert.deepEqual(await size("square.mp4"), [270, 270]);
    assert.deepEqual(await size("portrait.mp4"), [270, 480]);
  },
  "Stereo: a left and a right eye": async () => {
    const [, height] = await size("glasses.mp4");
    assert.deepEqual(await size("glasses.mp4"), [320, height]);
    assert.deepEqual(await size("stereo.mp4"), [640, height]);
    assert.deepEqual(await size("tv.mp4"), [480, 270]);
    assert.deepEqual(await size("headset.mp4"), [640, 320]);
  },
  "Only a part of the sharpness": async () =>
    assert.deepEqual(await streams("focus.mp4"), ["h264"]),
};

/** These have tests of their own, because their commands belong together. */
const RESUME = "Go on after Ctrl-C";
const FREE = "Free the disk";

function recipe(title: string): Recipe {
  return recipes().find((each) => each.title === title) ?? assert.fail(title);
}

test("every recipe with commands is checked", () => {
  const titles = recipes()
    .filter(({ scripts }) => scripts.length > 0)
    .map(({ title }) => title);
  assert.deepEqual(titles.sort(), [...Object.keys(CHECKS), RESUME, FREE].sort());
});

for (const [title, check] of Object.entries(CHECKS)) {
  test(`recipe: ${title}`, async () => {
    for (const script of recipe(title).scripts) await bash(script);
    await check();
  });
}

test(`recipe: ${RESUME}`, async () => {
  const [convert = "", get = ""] = recipe(RESUME).scripts;
  const [, ...words] = convert.split(" ");
  const small = ["--longest-side", "320", "--no-cache"];
  const child = spawn(COMMAND, [...words, ...small], { cwd: folder, env, stdio: "pipe" });
  let told = "";
  child.stderr.on("data", (bytes) => {
    told += String(bytes);
  });
  const exited = once(child, "exit");
  await eventually("frames are drawn", () => told.includes("render"));
  child.kill("SIGINT");
  assert.deepEqual(await exited, [130, null]);
  const job = /^job (\w+)$/m.exec(told)?.[1] ?? assert.fail(told);
  assert.ok(told.includes(`  ${get.replace("JOB", job)} `), `it says how to go on: ${told}`);
  await bash(get.replace("JOB", job));
  assert.equal((await probeVideo(file("long.mp4"))).nb_read_frames, "300");
});

test(`recipe: ${FREE}`, async () => {
  const [old = "", all = ""] = recipe(FREE).scripts;
  const status = async () => JSON.parse((await bash("depthmesh status --json")).stdout).meshes[0];
  const { stdout } = await bash(old);
  assert.match(stdout, /^worker|WORKER +ADDRESS +STATE/m);
  assert.match(stdout, /^no job has ended/m, "none is a week old");
  assert.ok((await status()).jobs.SUCCEEDED > 10);
  // Not the whole data folder: an empty catalogue has its size too.
  const blobBytes = async () =>
    Number.parseInt((await bash("du -sb share/depthmesh/blobs")).stdout, 10);
  const before = await blobBytes();
  await bash(all);
  assert.deepEqual(JSON.parse((await bash("depthmesh jobs ls --json")).stdout), []);
  assert.deepEqual(JSON.parse((await bash("depthmesh cache ls --json")).stdout), []);
  await eventually("the disk is free again", async () => (await blobBytes()) < before / 2);
});
