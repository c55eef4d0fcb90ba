/**
 * Requests that people copy, against a real mesh: the files of tests/http/, which they run in their
 * editors, and the commands of docs/http.md.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import sharp from "sharp";
import { childEnvironment } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import {
  type Fixture,
  longSpec,
  SAMPLE,
  startFixture,
  untilProgress,
} from "../testing/mesh/fixture.js";
import { readHttpFile } from "../testing/web/http-file.js";
import { HttpSession } from "../testing/web/http-run.js";
import { curlCommands } from "../testing/web/page-commands.js";

const run = promisify(execFile);

const FOLDER = packagePath("tests", "http");

let fixture: Fixture;
before(async () => {
  fixture = await startFixture({ webPort: 0 });
});
after(() => fixture?.close());

for (const name of readdirSync(FOLDER).filter((each) => each.endsWith(".http"))) {
  test(name, async () => {
    const file = readHttpFile(`${FOLDER}/${name}`);
    const session = new HttpSession(file, { web: fixture.mesh.webAddress });
    for (const request of file.requests) {
      assert.ok(request.expectations.length > 0, `line ${request.line} expects nothing`);
      await session.send(request).catch((error: Error) => {
        assert.fail(`line ${request.line}, ${request.title}: ${error.message}`);
      });
    }
  });
}

/** Where docs/http.md cuts the file that it sends in parts, and how large it is. */
const [CUT, WHOLE] = [400_000, 700_000];

test("the commands of docs/http.md work as they are written", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-curl-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "samples"));
  const photo = await readFile(SAMPLE);
  await writeFile(join(folder, "samples", "coffee.png"), photo);
  await writeFile(join(folder, "photo.jpg"), await sharp(photo).jpeg().toBuffer());
  await writeFile(join(folder, "part"), Buffer.alloc(CUT, 1));
  await writeFile(join(folder, "rest"), Buffer.alloc(WHOLE - CUT, 2));
  await writeFile(join(folder, ".curlrc"), "fail-with-body\nsilent\nshow-error\n");

  const { mesh, client } = fixture;
  // Cancelled when it can be retried from its frames on.
  const { name: job } = await client.createJobFromFiles(longSpec(), { photo: SAMPLE });
  await untilProgress(client, job, "render", 0.01);

  const uploads: { whole?: string; parts?: string } = {};
  const jobs: string[] = [];
  const env = childEnvironment({ CURL_HOME: folder, DEPTHMESH_KEY: "a-key", WEB: mesh.webAddress });
  const commands = curlCommands(packagePath("docs", "http.md"));
  assert.ok(commands.length >= 10, "the page has its commands");
  for (const command of commands) {
    const upload = command.includes("offset=") ? uploads.parts : uploads.whole;
    const script = command
      .replaceAll("http://127.0.0.1:7480", mesh.webAddress)
      .replaceAll(/\bjobs\/JOB\b/g, job)
      .replaceAll(/\bUPLOAD\b/g, upload?.replace("uploads/", "") ?? "none");
    const { stdout } = await run("bash", ["-euc", script], { cwd: folder, env }).catch((error) =>
      assert.fail(`${command}\n${error.stdout}${error.stderr}`),
    );
    if (stdout === "") continue;
    const { name = "" } = JSON.parse(stdout) as { readonly name?: string };
    if (name.startsWith("jobs/")) jobs.push(name);
    if (name.startsWith("uploads/"))
      uploads[command.includes("?start") ? "parts" : "whole"] ??= name;
  }
  const [cancelled, ...others] = jobs;
  assert.equal(cancelled, job);
  // One that retries it, and that of the form.
  assert.equal(new Set(others).size, 2);
  for (const name of others) await client.cancelJob(name);
  const { width } = await sharp(join(folder, "sheet.jpg")).metadata();
  assert.ok(width > 300);
  const upload = await fetch(`${mesh.webAddress}/v1/${uploads.parts}`);
  const { finished, committedSizeBytes } = (await upload.json()) as Record<string, unknown>;
  assert.deepEqual([finished, committedSizeBytes], [true, String(WHOLE)]);
});
