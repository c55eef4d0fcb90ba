/** Folders for sockets: private, short, and removed when their process is gone. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { makeRunFolder, sweepRunFolders } from "./run-folder.js";

test("a folder is open to its user only, and each has another name", async (t) => {
  const [one, other] = [await makeRunFolder("dm-test", "s"), await makeRunFolder("dm-test", "s")];
  t.after(() => {
    for (const { folder } of [one, other]) rmSync(folder, { recursive: true });
  });
  assert.equal(statSync(one.folder).mode & 0o777, 0o700);
  assert.notEqual(one.path, other.path);
  assert.equal(dirname(one.path), one.folder);
});

test("where the path would be too long for a socket, the folder is in /tmp, or there is none", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "depthmesh-a-root-"));
  const long = join(root, "x".repeat(100));
  mkdirSync(long);
  t.after(() => rmSync(root, { recursive: true }));
  const { folder, path } = await makeRunFolder("dm-test", "s", long);
  t.after(() => rmSync(folder, { recursive: true }));
  assert.equal(dirname(folder), "/tmp");
  assert.ok(Buffer.byteLength(path) <= 107);
  await assert.rejects(makeRunFolder("dm-test", "s".repeat(90)), /at most 107 bytes, not \d{3}/);
});

test("a sweep removes what ended processes left, and nothing else", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "depthmesh-sweep-"));
  t.after(() => rmSync(root, { recursive: true }));
  const own = basename((await makeRunFolder("dm-sweep", "s", root)).folder);
  const [, , namespace, pid, ticks] = own.split("-");
  const left = [
    // No process has this id.
    `dm-sweep-${namespace}-4194305-${ticks}-abcdef`,
    // This process's id, of one that had it before.
    `dm-sweep-${namespace}-${pid}-1-abcdef`,
  ];
  const kept = [
    `dm-sweep-1-4194305-1-abcdef`,
    `dm-other-${namespace}-4194305-1-abcdef`,
    "dm-sweep-x",
  ];
  for (const name of [...left, ...kept]) mkdirSync(join(root, name));
  assert.deepEqual((await sweepRunFolders("dm-sweep", root)).sort(), left.sort());
  for (const name of [own, ...kept]) assert.ok(existsSync(join(root, name)), name);
});
