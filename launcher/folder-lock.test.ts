/** Of all meshes that want a data folder, one has it, until it is gone in whatever way. */
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
/** Says what came of it, and lives until its input ends. */
const CONTENDER = `
  const { acquireFolder } = await import(${JSON.stringify(MODULE)});
  try { acquireFolder(${JSON.stringify(folder)}); console.log("owner"); }
  catch (error) { console.log(error.metadata.pid); }
  process.stdin.resume();`;

/** A process that wants the folder, and what it says. */
async function contend(): Promise<{ child: ChildProcess; said: string }> {
  const args = ["--input-type=module", "-e", CONTENDER];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const [said] = await once(createInterface({ input: child.stdout }), "line");
  return { child, said };
}

async function end({ child }: { child: ChildProcess }, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

test("a folder has one owner, until that one lets it go", () => {
  const release = acquireFolder(folder);
  const metadata = { folder, pid: String(process.pid) };
  assert.throws(() => acquireFolder(folder), { reason: "SERVICE_UNAVAILABLE", metadata });
  release();
  acquireFolder(folder)();
});

test("what a dead owner has left is in nobody's way, whoever has its number now", () => {
  writeFileSync(join(folder, "lock"), String(process.pid));
  acquireFolder(folder)();
});

test("of many processes one has it, and when that one is killed another may", async () => {
  const all = await Promise.all(Array.from({ length: 5 }, contend));
  // Who comes while the owner still writes its number may read an older one: whoever comes now is
  // told the right one.
  all.push(await contend());
  const [owner, ...others] = all.filter(({ said }) => said === "owner");
  const pid = String(owner?.child.pid);
  const told = all.at(-1)?.said;
  if (owner) await end(owner, "SIGKILL");
  await Promise.all(all.filter((each) => each !== owner).map((each) => end(each, "SIGTERM")));
  assert.ok(owner && others.length === 0);
  assert.equal(told, pid);
  acquireFolder(folder)();
});
