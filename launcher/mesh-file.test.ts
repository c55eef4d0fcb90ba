/** Commands find every mesh that runs on this machine, and no mesh removes another's file. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setEnvironmentVariable } from "../kit/config.js";
import { processStat } from "../kit/process/process-stat.js";
import {
  readMeshFile,
  removeMeshFile,
  runningMeshes,
  runtimeFolder,
  writeMeshFile,
} from "./mesh-file.js";

const MESH = {
  grpc: "127.0.0.1:7410",
  admin: "127.0.0.1:7411",
  token: "secret",
  nats: "nats://a",
  traces: "/t",
  data: "/d",
  workers: [],
};

function ownFolder(t: { after(f: () => void): void }): string {
  const base = mkdtempSync(join(tmpdir(), "runtime-"));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  setEnvironmentVariable("XDG_RUNTIME_DIR", base);
  return runtimeFolder();
}

test("two meshes have a file each, and the end of one leaves the other's", (t) => {
  const folder = ownFolder(t);
  writeMeshFile(MESH);
  const other = spawn("sleep", ["60"]);
  t.after(() => other.kill());
  const file = join(folder, `mesh-${other.pid}.json`);
  const startTicks = processStat(other.pid)?.startTicks;
  writeFileSync(file, JSON.stringify({ ...MESH, pid: other.pid, startTicks, grpc: "127.0.0.1:1" }));
  assert.deepEqual(
    runningMeshes()
      .map(({ grpc }) => grpc)
      .sort(),
    ["127.0.0.1:1", MESH.grpc],
  );
  assert.equal(readMeshFile()?.grpc, "127.0.0.1:1", "the one that started last");
  removeMeshFile();
  assert.deepEqual(
    runningMeshes().map(({ pid }) => pid),
    [other.pid],
  );
});

test("the file of a mesh whose process id another process has now is removed", (t) => {
  const folder = ownFolder(t);
  mkdirSync(folder, { mode: 0o700 });
  const file = join(folder, `mesh-${process.pid}.json`);
  writeFileSync(file, JSON.stringify({ ...MESH, pid: process.pid, startTicks: 1 }));
  writeFileSync(join(folder, "mesh-1.json"), "{");
  assert.deepEqual(runningMeshes(), []);
  assert.ok(!existsSync(file));
});

test("a runtime folder that somebody else made or can write is neither written nor believed", (t) => {
  const folder = ownFolder(t);
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  writeFileSync(
    join(folder, `mesh-${process.pid}.json`),
    JSON.stringify({ ...MESH, pid: process.pid }),
  );
  assert.throws(() => writeMeshFile(MESH), { reason: "PARAMETER_CONFLICT" });
  assert.equal(readMeshFile(), undefined);
  rmSync(folder, { recursive: true });
  symlinkSync(tmpdir(), folder);
  assert.throws(() => writeMeshFile(MESH), { reason: "PARAMETER_CONFLICT" });
});
