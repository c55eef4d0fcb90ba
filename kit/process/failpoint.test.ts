/** An armed failpoint strikes one process, once; without one, nothing happens. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { ARMED, enableFailpoints, failpoint, type Strike } from "./failpoint.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-failpoints-"));
});
afterEach(() => rm(folder, { recursive: true }));

const STRIKE: Strike = { service: "depth", point: "mid-work", after: 0, signal: "SIGKILL" };

async function arm(strike: Partial<Strike> = {}): Promise<void> {
  await writeFile(join(folder, `1${ARMED}`), JSON.stringify({ ...STRIKE, ...strike }));
}

/** Passes the point some times as a process of `service`; the signal that ended it, or null. */
async function passing(service: string, job: string, times: number): Promise<string | null> {
  const module = new URL("./failpoint.js", import.meta.url).href;
  const program = `
    const { enableFailpoints, failpoint } = await import(${JSON.stringify(module)});
    enableFailpoints(${JSON.stringify(folder)}, ${JSON.stringify(service)});
    for (let i = 0; i < ${times}; i++) failpoint("mid-work", ${JSON.stringify(job)});`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program]);
  const [, signal] = (await once(child, "exit")) as [number | null, string | null];
  return signal;
}

test("one process is killed at the failpoint, the next one passes", async () => {
  await arm();
  assert.equal(await passing("depth", "a", 1), "SIGKILL");
  assert.equal(await passing("depth", "a", 1), null);
  const [claimed] = await readdir(folder);
  assert.match(claimed ?? "", /^1\.\d+$/);
});

test("another service, another job and earlier passes are not struck", async () => {
  await arm({ job: "a", after: 2 });
  assert.equal(await passing("render", "a", 3), null);
  assert.equal(await passing("depth", "b", 3), null);
  assert.equal(await passing("depth", "a", 2), null);
  assert.equal(await passing("depth", "a", 3), "SIGKILL");
});

test("without a folder, no file is looked for", async () => {
  await arm();
  enableFailpoints("", "depth");
  failpoint("mid-work", "a");
  assert.deepEqual(await readdir(folder), [`1${ARMED}`]);
});
