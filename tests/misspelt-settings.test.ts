/** A setting that nothing reads is told by every service when it starts, and by the command. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { packagePath } from "../kit/process/package-path.js";

const folder = mkdtempSync(join(tmpdir(), "misspelt-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Nobody answers there: the service waits, which is long enough. */
const SETTINGS = {
  DEPTHMESH_NATS_URL: "nats://127.0.0.1:1",
  DEPTHMESH_TRACES: folder,
  DEPTHMESH_PORT: "0",
  DEPTHMESH_SLOT: "2",
  // Read by nats-server.
  DEPTHMESH_NATS_DEPTH_PASSWORD: "p0",
};

/** The first line of the program's standard error that names the variable. */
async function lineOf(program: readonly string[]): Promise<string> {
  const env = { ...process.env, XDG_RUNTIME_DIR: folder, ...SETTINGS };
  const stdio = ["ignore", "ignore", "pipe"] as const;
  const child = spawn(process.execPath, program, { env, stdio: [...stdio], timeout: 60_000 });
  const ended = once(child, "exit");
  let all = "";
  for await (const line of createInterface({ input: child.stderr })) {
    all += `${line}\n`;
    if (line.includes("DEPTHMESH_SLOT")) break;
  }
  child.kill("SIGKILL");
  await ended;
  assert.doesNotMatch(all, /DEPTHMESH_NATS_DEPTH_PASSWORD/);
  return all;
}

for (const service of ["gateway", "depth", "render", "encode", "web"]) {
  test(`${service} says that nothing reads a misspelt setting`, async () => {
    const line = await lineOf([packagePath("dist", "services", service, "main.js")]);
    assert.match(line, /DEPTHMESH_SLOT\b.*nothing reads this setting/);
  });
}

test("the command says what was meant", async () => {
  const line = await lineOf([packagePath("bin", "depthmesh"), "presets"]);
  assert.match(line, /^note: nothing reads DEPTHMESH_SLOT; did you mean DEPTHMESH_SLOTS\?$/m);
});
