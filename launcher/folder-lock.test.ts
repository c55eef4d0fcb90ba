/** Only one of several meshes gets a data folder, until its process is gone for any reason. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { packagePath } from "../kit/process/package-path.js";
import { acquireFolder } from "./folder-lock.js";

const folder = mkdtempSync(join(tmpdir(), "depthmesh-lock-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const MODULE = packagePath("dist", "launcher", "folder-lock.js");
/** Prints the result, and runs until its input ends. */
const CONTENDER = `
  const { acquireFolder } = await import(${JSON.stringify(MODULE)});
  try { acquireFolder(${JSON.stringify(folder)}); console.log("owner"); }
  catch (error) { console.log(error.metadata.pid); }
  process.stdin.resume();`;

/** A process that tries to lock the folder, and the line that it prints. */
async function contend(): Promise<{ child: ChildProcess; line: string }> {
  const args = ["--input-type=module", "-e", CONTENDER];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return { child, line };
}

async function end({ child }: { child: ChildProcess }, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

test("a folder has one owner until the owner releases it", () => {
  const release = acquireFolder(folder);
  const metadata = { folder, pid: String(process.pid) };
  assert.throws(() => acquireFolder(folder), { reason: "SERVICE_UNAVAILABLE", metadata });
  release();
  acquireFolder(folder)();
});

test("the lock file of a dead owner does not block the folder, even if another process has its id now", () => {
  writeFileSync(join(folder, "lock"), String(process.pid));
  acquireFolder(folder)();
});

test("of several processes one gets the folder, and after it was killed another one can", async () => {
  const all = await Promise.all(Array.from({ length: 5 }, contend));
  // A process that tries while the owner is still writing its id may read an older one; this last
  // process reads the right one.
  all.push(await contend());
  const [owner, ...others] = all.filter(({ line }) => line === "owner");
  const pid = String(owner?.child.pid);
  const reportedPid = all.at(-1)?.line;
  if (owner) await end(owner, "SIGKILL");
  await Promise.all(
    all.filter((contender) => contender !== owner).map((loser) => end(loser, "SIGTERM")),
  );
  assert.ok(owner && others.length === 0);
  assert.equal(reportedPid, pid);
  acquireFolder(folder)();
});
