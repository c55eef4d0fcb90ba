/** Facts from /proc agree with what Node reports. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { descendants, openFiles, processorSeconds, residentMib } from "./process-facts.js";

test("the facts of this process agree with what Node reports", async () => {
  const { user, system } = process.cpuUsage();
  const seconds = await processorSeconds(process.pid);
  assert.ok(Math.abs(seconds - (user + system) / 1e6) < 0.5, `${seconds} s`);
  const mib = await residentMib(process.pid);
  assert.ok(Math.abs(mib - process.memoryUsage.rss() / 2 ** 20) < 32, `${mib} MiB`);
  assert.ok((await openFiles(process.pid)) > 3);
});

test("descendants are the children and their children while they run", async () => {
  const child = spawn("sh", ["-c", "cat; true"], { stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.write("there\n");
  await once(child.stdout, "data");
  const names = (await descendants(process.pid)).map(({ name }) => name);
  assert.deepEqual(names.sort(), ["cat", "sh"]);
  child.stdin.end();
  await once(child, "exit");
  assert.deepEqual(await descendants(process.pid), []);
});
