/** What a process does to an object of a folder while it removes the same one. */
import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FileObjects } from "./file-objects.js";

const TIMES = 600;
/** A thread that works beside the removal would need about so long to reach it. */
const MAX_LEAD_NS = 60_000;

test("an object that a touch or a put has made young is not removed by its former age", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-objects-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const objects = new FileObjects(folder);
  const bytes = [Buffer.from("bytes")];
  for (let time = 0; time < TIMES; time++) {
    await objects.put("race/it", bytes);
    utimesSync(join(folder, "race", "it"), 1, 1);
    const until = process.hrtime.bigint() + BigInt(Math.floor((time / TIMES) * MAX_LEAD_NS));
    const renewed = time % 6 === 0 ? objects.put("race/it", bytes) : objects.touch("race/it");
    while (process.hrtime.bigint() < until);
    const [isThere] = await Promise.all([renewed, objects.remove("race/it", Date.now() - 60_000)]);
    if (isThere !== false) assert.ok(await objects.head("race/it"), `time ${time}`);
  }
});
