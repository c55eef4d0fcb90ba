/**
 * Tests that the folders of killed processes are removed, and that those of living processes stay.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeWorkFolder, sweepWorkFolders } from "./work-folder.js";

const root = await mkdtemp(join(tmpdir(), "depthmesh-sweep-"));
after(() => rm(root, { recursive: true, force: true }));

test("the folders of dead processes are removed; those of living processes and of other hosts stay", async () => {
  const dead = spawn("true");
  await once(dead, "exit");
  const living = spawn("sleep", ["60"]);
  const name = (host: string, pid: number | undefined) => `depthmesh-encode-${host}-${pid}-AbCdEf`;
  const left = [name(hostname(), dead.pid), name(hostname(), process.pid)];
  const kept = [name(hostname(), living.pid), name("another-host", dead.pid), "depthmesh-encode"];
  for (const folder of [...left, ...kept])
    await mkdir(join(root, folder, "inside"), { recursive: true });
  assert.deepEqual((await sweepWorkFolders(root)).sort(), left.sort());
  assert.deepEqual((await readdir(root)).sort(), kept.sort());
  const made = await makeWorkFolder(root);
  assert.ok(made.startsWith(join(root, `depthmesh-encode-${hostname()}-${process.pid}-`)));
  living.kill();
});
