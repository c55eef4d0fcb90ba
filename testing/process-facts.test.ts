/** Facts from /proc agree with what Node reports. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import {
  descendants,
  openFiles,
  parseStat,
  processorSeconds,
  processTimes,
  residentMib,
  timesOf,
} from "./process-facts.js";

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

test("a stat line is parsed whatever the name of the program", () => {
  const line = "42 (a) b (c)) S 7 42 42 0 -1 4194560 1 2 3 4 150 25 300 50 20 0 11 0 999\n";
  const stat = parseStat(line);
  assert.equal(stat.name, "a) b (c)");
  assert.deepEqual(stat.fields.slice(0, 2), ["S", "7"]);
  assert.equal(stat.fields.at(-1), "999");
  assert.deepEqual(timesOf(stat), { ownSeconds: 1.75, childrenSeconds: 3.5 });
});

test("the time of a child counts when it has ended, and not as the process's own", async () => {
  const before = await processTimes(process.pid);
  const child = spawn(process.execPath, ["-e", "while (process.cpuUsage().user < 400000);"]);
  await once(child, "exit");
  const after = await processTimes(process.pid);
  const children = after.childrenSeconds - before.childrenSeconds;
  assert.ok(children >= 0.38, `${children} s of the child`);
  assert.ok(after.ownSeconds - before.ownSeconds < children, "its own time is apart");
});
