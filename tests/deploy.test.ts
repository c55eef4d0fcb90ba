/**
 * The files that go into the images are sufficient for the services, and the health check works.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, lstat, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { folderFacts } from "../cli/folder-size.js";
import { childEnvironment } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import type { ChildName } from "../launcher/child.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import {
  type Fixture,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
  upload,
} from "../testing/mesh/fixture.js";

const run = promisify(execFile);
const STAGES = ["gateway", "depth", "render", "encode"] as const;
const SERVICES: readonly ChildName[] = [...STAGES, "web"];

let folder: string;
let fixture: Fixture;
const folderOf = (service: ChildName) => join(folder, service);
const socketOf = (service: ChildName) => join(folder, `${service}.sock`);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-images-"));
  await chmod(folder, 0o755);
  for (const service of SERVICES) {
    const script = packagePath("dist", "scripts", "trace-service.js");
    await run(process.execPath, [script, service, folderOf(service)], { cwd: packagePath() });
  }
  const folders = Object.fromEntries(SERVICES.map((service) => [service, folderOf(service)]));
  fixture = await startFixture({
    webPort: 0,
    folders,
    environmentFor: ({ service }, settings) => ({
      ...settings,
      DEPTHMESH_HEALTH_SOCKET: socketOf(service),
    }),
  });
});
after(async () => {
  await fixture?.close();
  await rm(folder, { recursive: true, force: true });
});

test("four services, each with only the files of its image, make a video", async () => {
  const photo = await readFile(SAMPLE);
  const { name } = await fixture.client.createJob(smallSpec(), { photo: upload(photo) });
  const job = await untilEnded(fixture.client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, job.error?.message);
});

test("the image of the web service has the studio, and reaches the gateway", async () => {
  const page = await fetch(fixture.mesh.webAddress);
  assert.match(await page.text(), /<script type="module"/);
  const presets = await fetch(`${fixture.mesh.webAddress}/v1/presets`);
  assert.equal(presets.status, 200);
});

test("an image has the libraries of its own platform only", async () => {
  const foreign = process.arch === "x64" ? /arm64|aarch64/ : /x64|x86[_-]64|amd64/;
  for (const service of SERVICES) {
    const entries = await readdir(folderOf(service), { recursive: true, withFileTypes: true });
    const libraries = entries.filter(
      ({ name }) => /\.(node|dll|dylib|so)(\.\d+)*$/.test(name) || name.includes(".so."),
    );
    const paths = libraries.map(({ parentPath, name }) =>
      join(relative(folderOf(service), parentPath), name),
    );
    const wrong = paths.filter((path) => foreign.test(path) || /win32|darwin|\bmac\b/.test(path));
    assert.deepEqual(wrong, [], service);
    // Those of CUDA and TensorRT are in an image of their own.
    assert.deepEqual(
      paths.filter((path) => path.includes("_providers_")),
      [],
      service,
    );
  }
});

test("every image runs as a user that has a number", async () => {
  const dockerfile = await readFile(packagePath("deploy", "Dockerfile"), "utf8");
  const stages = dockerfile.split(/^FROM /m).slice(1);
  for (const service of [...SERVICES, "depth-cuda"]) {
    const stage = stages.find((text) => /^\S+ AS (\S+)/.exec(text)?.[1] === service);
    const users = [...(stage ?? "").matchAll(/^USER (.*)$/gm)].map(([, user]) => user);
    assert.match(users.at(-1) ?? "none", /^[1-9]\d*:[1-9]\d*$/, service);
  }
});

test("deploy/README.md says how large the images' files are", async (t) => {
  // The tracer does not leave the folder through a link.
  if ((await lstat(packagePath("node_modules"))).isSymbolicLink()) {
    t.skip("node_modules is a link");
    return;
  }
  const page = (await readFile(packagePath("deploy", "README.md"), "utf8")).replace(/\s+/g, " ");
  const figures =
    /gives (\d+) MB for gateway, (\d+) MB for encode, (\d+) MB for web, (\d+) MB for render and (\d+) MB for depth/;
  const [, gateway, encode, web, render, depth] = (
    figures.exec(page) ?? assert.fail("no figures")
  ).map(Number);
  const stated = { gateway, depth, render, encode, web };
  for (const service of SERVICES) {
    const { bytes } = await folderFacts(folderOf(service));
    const ratio = bytes / 1e6 / (stated[service] ?? 0);
    assert.ok(ratio > 0.8 && ratio < 1.25, `${service} has ${(bytes / 1e6).toFixed(0)} MB`);
  }
});

test("the health check of a container reports whether its service serves", async () => {
  const program = join(folder, "depthmesh-health");
  await run(packagePath("deploy", "health", "build"), [program]);
  const check = (socket: string) =>
    run(program, { env: childEnvironment({ DEPTHMESH_HEALTH_SOCKET: socket }) });
  for (const service of STAGES) {
    const { stdout } = await check(socketOf(service));
    assert.equal(stdout, "SERVING\n", service);
  }
  await assert.rejects(check(join(folder, "nobody")), { code: 1 });
});
