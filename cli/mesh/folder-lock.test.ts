/** Of all meshes that want a data folder, one has it; a lock that a dead process left is in nobody's way. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { packagePath } from "../../kit/paths.js";
import { processStat } from "../../kit/process-stat.js";
import { acquireFolder } from "./folder-lock.js";

const folder = mkdtempSync(join(tmpdir(), "depthmesh-lock-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const lock = (text: string) => writeFileSync(join(folder, "lock"), text);
const OWNED = { reason: "SERVICE_UNAVAILABLE", metadata: { folder, pid: String(process.pid) } };

test("a folder has one owner, until that one lets it go", () => {
  const release = acquireFolder(folder);
  assert.throws(() => acquireFolder(folder), OWNED);
  release();
  acquireFolder(folder)();
  assert.deepEqual(readdirSync(folder), []);
});

test("an owner that is gone, or whose number another process has, is none", () => {
  const { startedTicks = 0 } = processStat(process.pid) ?? {};
  for (const stale of ["", "999999999 1", `${process.pid} ${startedTicks - 1}`, "nonsense"]) {
    lock(stale);
    acquireFolder(folder)();
  }
});

test("of many that find a stale lock together one gets the folder", async () => {
  const module = packagePath("dist", "cli", "mesh", "folder-lock.js");
  const script = `
    import(${JSON.stringify(module)}).then(({ acquireFolder }) => {
      try { acquireFolder(${JSON.stringify(folder)}); console.log("owner"); } catch { console.log("refused"); }
      setTimeout(() => {}, 2_000);
    });`;
  const dead = spawn(process.execPath, ["-e", ""]);
  await new Promise((exited) => dead.once("exit", exited));
  lock(`${dead.pid} 1`);
  const contenders = Array.from({ length: 6 }, () =>
    promisify(execFile)(process.execPath, ["-e", script]),
  );
  const said = (await Promise.all(contenders)).map(({ stdout }) => stdout.trim());
  assert.deepEqual(said.sort(), ["owner", ...Array(5).fill("refused")]);
});
