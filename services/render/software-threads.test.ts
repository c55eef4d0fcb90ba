/** llvmpipe of a container with a limit draws with as many threads as that, told by a real GL. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { environmentVariable, setEnvironmentVariable } from "../../kit/config.js";
import { openDisplay } from "./display.js";
import { startGlThread } from "./renderer.js";
import { limitSoftwareThreads } from "./software-threads.js";

const VARIABLE = "LP_NUM_THREADS";
const before = environmentVariable(VARIABLE);
after(() => setEnvironmentVariable(VARIABLE, before ?? ""));

test("a limit sets the number of threads where none is set, and one processor draws alone", () => {
  setEnvironmentVariable(VARIABLE, "");
  assert.equal(limitSoftwareThreads(undefined), undefined);
  assert.equal(limitSoftwareThreads(1), "0");
  setEnvironmentVariable(VARIABLE, "");
  assert.equal(limitSoftwareThreads(3), "3");
  assert.equal(environmentVariable(VARIABLE), "3");
  assert.equal(limitSoftwareThreads(5), "3", "what is set stays");
});

test("llvmpipe starts three threads for a limit of three", async () => {
  setEnvironmentVariable(VARIABLE, "");
  limitSoftwareThreads(3);
  const display = await openDisplay((why) => assert.fail(why));
  const { thread } = await startGlThread((why) => assert.fail(why));
  try {
    assert.equal(await softwareThreads(), 3);
  } finally {
    await thread.stop();
    display.close();
  }
});

/** Mesa calls them llvmpipe-0 and so on. */
async function softwareThreads(): Promise<number> {
  const tasks = await readdir("/proc/self/task");
  const names = await Promise.all(
    tasks.map((task) => readFile(`/proc/self/task/${task}/comm`, "utf8").catch(() => "")),
  );
  return names.filter((name) => name.startsWith("llvmpipe")).length;
}
