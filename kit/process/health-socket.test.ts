/** The health socket, asked by the program of the images. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { childEnvironment } from "../config.js";
import { createLog } from "../log.js";
import { openHealthSocket } from "./health-socket.js";
import { packagePath } from "./package-path.js";

const run = promisify(execFile);
const log = createLog("silent", { service: "test", worker: "test" });

let folder: string;
let program: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-health-"));
  program = join(folder, "depthmesh-health");
  await run(packagePath("deploy", "health", "build"), [program]);
});
after(() => rm(folder, { recursive: true, force: true }));

/** The exit code and the output of the program. */
async function check(path: string, ...options: string[]): Promise<[number, string]> {
  const env = childEnvironment({ DEPTHMESH_HEALTH_SOCKET: path });
  try {
    const { stdout } = await run(program, options, { env });
    return [0, stdout.trim()];
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return [code, (stdout + stderr).trim()];
  }
}

test("a process is healthy while it serves, and alive as long as it answers", async () => {
  const path = join(folder, "served.sock");
  // What a killed process leaves.
  const killed = createServer().listen(join(folder, "killed.sock"));
  await once(killed, "listening");
  await rename(join(folder, "killed.sock"), path);
  killed.close();
  const socket = await openHealthSocket(path, log);
  assert.deepEqual(await check(path), [1, "NOT_SERVING"]);
  assert.deepEqual(await check(path, "--alive"), [0, "NOT_SERVING"]);
  socket.setServing(true);
  assert.deepEqual(await check(path), [0, "SERVING"]);
  socket.setServing(false);
  assert.deepEqual(await check(path), [1, "NOT_SERVING"]);
  await socket.close();
  const [code, words] = await check(path, "--alive");
  assert.equal(code, 1);
  assert.match(words, /No such file/);
});

test("a process that accepts and says nothing is not alive", async () => {
  const path = join(folder, "mute.sock");
  const server = createServer(() => {}).listen(path);
  const startedAtMs = performance.now();
  const [code] = await check(path, "--alive");
  assert.notEqual(code, 0);
  assert.ok(performance.now() - startedAtMs < 8_000, "it waits four seconds");
  server.close();
});

test("a path at which nothing can listen is named with its setting", async () => {
  await assert.rejects(
    openHealthSocket(join(folder, "missing", "x.sock"), log),
    /DEPTHMESH_HEALTH_SOCKET: cannot listen at .*x\.sock/,
  );
  const file = join(folder, "a-file");
  await writeFile(file, "of somebody");
  await assert.rejects(openHealthSocket(file, log), /DEPTHMESH_HEALTH_SOCKET: .* is no socket/);
  assert.equal(await readFile(file, "utf8"), "of somebody");
});
