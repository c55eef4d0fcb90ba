/** Old trace files are removed; everything else in the folder stays. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { clearTraces } from "./trace-files.js";

test("old traces are removed, young ones and other files stay, also when several processes do it at once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-traces-"));
  const nowMs = Date.now();
  const anHourAgo = new Date(nowMs - 3_600_000);
  const [young, ...old] = ["a", "b", "c"].map((digit) => `${digit.repeat(32)}.jsonl`);
  assert.ok(young);
  for (const name of [young, ...old, "others.jsonl"]) {
    await writeFile(join(folder, name), "{}\n");
    if (name !== young) await utimes(join(folder, name), anHourAgo, anHourAgo);
  }
  await Promise.all([1, 2, 3].map(() => clearTraces(folder, nowMs - 60_000)));
  assert.deepEqual((await readdir(folder)).sort(), [young, "others.jsonl"]);
  await rm(folder, { recursive: true });
});
