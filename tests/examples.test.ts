/**
 * Every example runs as it stands, against a real mesh, and leaves a video or a map that is what it
 * says.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import sharp from "sharp";
import { packagePath } from "../kit/process/package-path.js";
import { probeVideo } from "../testing/encode/video.js";
import { type Fixture, SAMPLE, startFixture } from "../testing/mesh/fixture.js";

let fixture: Fixture;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-examples-"));
  fixture = await startFixture();
});
after(async () => {
  await fixture.close();
  await rm(folder, { recursive: true, force: true });
});

/** What the example printed. Rejects where it fails. */
async function run(name: string, ...args: readonly string[]): Promise<string> {
  const script = packagePath("dist", "examples", `${name}.js`);
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args]);
  return stdout;
}

test("convert writes the video while it is rendered", async () => {
  const video = join(folder, "convert.mp4");
  assert.match(await run("convert", SAMPLE, video, fixture.mesh.address), /jobs\/\w+ succeeded/);
  const { width, nb_read_frames } = await probeVideo(video);
  assert.equal(width, 640);
  assert.equal(nb_read_frames, "60");
});

test("upload-and-watch downloads both outputs and the poster", async () => {
  const printed = await run("upload-and-watch", SAMPLE, folder, fixture.mesh.address);
  assert.match(printed, /state JOB_STATE_SUCCEEDED/);
  const files = await readdir(folder);
  for (const file of ["video.mp4", "video.gif", "poster.png"]) {
    assert.ok(files.includes(file), `${file} is there`);
  }
});

test("depth-only gives a 16-bit map of the photo's shape", async () => {
  const map = join(folder, "depth.png");
  assert.match(await run("depth-only", SAMPLE, map, fixture.mesh.address), /estimated by/);
  const photo = await sharp(SAMPLE).metadata();
  const { width, height, depth } = await sharp(map).metadata();
  assert.equal(depth, "ushort");
  assert.ok(Math.abs(width / height - photo.width / photo.height) < 0.01);
});

test("own-depth-map renders with the map that it sends", async () => {
  const video = join(folder, "own.mp4");
  await run("own-depth-map", SAMPLE, video, fixture.mesh.address);
  assert.equal((await probeVideo(video)).nb_read_frames, "60");
});

test("frames-to-video encodes every frame that it draws", async () => {
  const video = join(folder, "frames.mp4");
  const address = fixture.mesh.children("encode")[0]?.address ?? "";
  const secret = join(folder, "secret.txt");
  await writeFile(secret, fixture.mesh.access.token);
  assert.match(await run("frames-to-video", video, address, secret), /^60 frames/m);
  const { width, nb_read_frames } = await probeVideo(video);
  assert.equal(width, 320);
  assert.equal(nb_read_frames, "60");
});

test("the first call of the README is a program that runs", async () => {
  const readme = await readFile(packagePath("README.md"), "utf8");
  const [, program = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const script = join(folder, "first-call.mjs");
  const video = join(folder, "first.mp4");
  const here = program
    .replaceAll('"./', `"${packagePath("dist")}/`)
    .replace("127.0.0.1:7410", fixture.mesh.address)
    .replace("photo.jpg", SAMPLE)
    .replace("video.mp4", video);
  assert.notEqual(here, program);
  await writeFile(script, here);
  await promisify(execFile)(process.execPath, [script]);
  assert.equal((await probeVideo(video)).nb_read_frames, "60");
});

test("the package of the client installs into an empty folder, and its README is a program", async () => {
  const execute = promisify(execFile);
  const { stdout: tarball } = await execute(packagePath("scripts", "pack-client"));
  const project = join(folder, "project");
  // Its dependencies are there already, so that nothing is asked of a registry.
  const dependencies = ["@grpc/grpc-js", "@bufbuild/protobuf"];
  for (const name of dependencies) {
    const source = packagePath("node_modules", name);
    const target = join(project, "node_modules", name);
    await cp(source, target, { recursive: true, dereference: true });
    const { dependencies: theirs = {} } = JSON.parse(
      await readFile(join(source, "package.json"), "utf8"),
    ) as { dependencies?: Record<string, string> };
    dependencies.push(...Object.keys(theirs).filter((each) => !dependencies.includes(each)));
  }
  await writeFile(join(project, "package.json"), "{}");
  const npm = [
    "install",
    "--offline",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    tarball.trim(),
  ];
  await execute("npm", npm, { cwd: project });
  const readme = await readFile(packagePath("client", "README.md"), "utf8");
  const programs = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, program = ""]) => program);
  assert.equal(programs.length, 2);
  for (const [index, program] of programs.entries()) {
    const file = join(project, `program-${index}.mjs`);
    const here = program
      .replace("127.0.0.1:7410", fixture.mesh.address)
      .replace("photo.jpg", SAMPLE);
    await writeFile(file, here);
    await execute(process.execPath, [file], { cwd: project });
  }
  for (const video of ["video.mp4", "durable.mp4"]) {
    assert.ok(Number((await probeVideo(join(project, video))).nb_read_frames) > 0, video);
  }
});

test("an example without its arguments says how it is used", async () => {
  await assert.rejects(run("convert"), /usage: convert PHOTO VIDEO/);
});
