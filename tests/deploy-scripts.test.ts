/**
 * The scripts of deploy/ say at once what they lack, and leave nothing behind when they fail.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { childEnvironment } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";

const run = promisify(execFile);
const temporary = () => mkdtemp(join(tmpdir(), "depthmesh-deploy-"));

test("deploy/try names every program that is missing before it starts any", async (t) => {
  const programs = await temporary();
  t.after(() => rm(programs, { recursive: true, force: true }));
  for (const program of ["bash", "dirname", "sed"]) {
    const { stdout } = await run("sh", ["-c", `command -v ${program}`]);
    await symlink(stdout.trim(), join(programs, program));
  }
  await assert.rejects(
    run(join(programs, "bash"), [packagePath("deploy", "try")], { env: { PATH: programs } }),
    {
      code: 1,
      stderr:
        "try: error: these are not installed: buildah ip unshare nsenter setpriv nats-server node ffprobe\n",
    },
  );
});

test("deploy/build removes the container of a bill of materials that cannot be copied", async (t) => {
  const folder = await temporary();
  t.after(() => rm(folder, { recursive: true, force: true }));
  const calls = join(folder, "calls");
  // Builds nothing, and has no container's files.
  const buildah = `#!/bin/sh
echo "$*" >>${calls}
case $1 in from) echo the-container ;; mount) exit 1 ;; esac
`;
  await writeFile(join(folder, "buildah"), buildah, { mode: 0o755 });
  const inherited = childEnvironment({});
  const env = { ...inherited, PATH: `${folder}:${inherited.PATH}` };
  const sbom = ["--tool", "buildah", "--sbom", join(folder, "sbom"), "web"];
  await assert.rejects(run(packagePath("deploy", "build"), sbom, { env }), { code: 1 });
  const [, ...after] = (await readFile(calls, "utf8")).trim().split("\n");
  assert.equal(after.at(-1), "rm the-container", after.join(", "));
});
