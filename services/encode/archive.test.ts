/**
 * Tests that other programs read the archives, that equal folders give equal bytes, and that no
 * file stays open.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  rm,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { collect, FILE_CHUNK_BYTES } from "../../kit/rpc/chunks.js";
import { tarOf, zipOf } from "./archive.js";

const run = promisify(execFile);
const FILES: Readonly<Record<string, Buffer>> = {
  "00003.png": Buffer.alloc(2 * FILE_CHUNK_BYTES + 1, 3),
  "00001.png": Buffer.from("one"),
  "00002.png": Buffer.alloc(512, 2),
};
const NAMES = Object.keys(FILES).sort();
const PYTHON = `
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
for i in z.infolist(): print(i.filename, i.file_size, i.compress_type, i.date_time[0], i.external_attr >> 16, i.flag_bits & 8)
`;

let root: string;
let pictures: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "depthmesh-archive-"));
  pictures = await writeFiles("pictures");
});
after(() => rm(root, { recursive: true, force: true }));

async function writeFiles(name: string): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  for (const [file, content] of Object.entries(FILES)) await writeFile(join(folder, file), content);
  return folder;
}

/** Files below the root that this process holds open. */
async function openFiles(): Promise<readonly string[]> {
  const descriptors = await readdir("/proc/self/fd");
  const targets = descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ""));
  return (await Promise.all(targets)).filter((target) => target.startsWith(root));
}

test("tar lists the files in the order of their names and extracts their bytes", async () => {
  const file = join(root, "pictures.tar");
  await writeFile(file, await collect(tarOf(pictures)));
  const { stdout } = await run("tar", ["--utc", "-tvf", file]);
  for (const [index, line] of stdout.trim().split("\n").entries()) {
    const size = FILES[NAMES[index] ?? ""]?.length;
    assert.match(line, new RegExp(`^-rw-r--r-- 0/0 +${size} 1970-01-01 00:00 ${NAMES[index]}$`));
  }
  await run("tar", ["-xf", file, "-C", root, "00003.png"]);
  await run("cmp", [join(root, "00003.png"), join(pictures, "00003.png")]);
});

test("Python reads the zip: files stored in the order of their names, sizes before the data", async () => {
  const file = join(root, "pictures.zip");
  await writeFile(file, await collect(zipOf(pictures)));
  const { stdout } = await run("python3", ["-c", PYTHON, file]);
  const expected = NAMES.map((name) => `${name} ${FILES[name]?.length} 0 1980 ${0o100644} 0`);
  assert.deepEqual(stdout.trim().split("\n"), expected);
});

test("equal folders give equal bytes, in chunks that fit into a message", async () => {
  const copy = await writeFiles("copy");
  await utimes(join(copy, "00001.png"), 1, 1);
  for (const archiveOf of [tarOf, zipOf]) {
    const bytes = await collect(archiveOf(pictures));
    assert.deepEqual(await collect(archiveOf(copy)), bytes);
    for await (const chunk of archiveOf(copy)) assert.ok(chunk.length <= FILE_CHUNK_BYTES);
  }
});

test("a slow reader keeps at most one file open, and a reader that leaves keeps none", async () => {
  for (const archiveOf of [tarOf, zipOf]) {
    const archive = archiveOf(pictures);
    await archive.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok((await openFiles()).length <= 1);
    await archive.return(undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(await openFiles(), []);
  }
});

test("a file that disappears is an error", async () => {
  for (const [name, archiveOf] of Object.entries({ tarOf, zipOf })) {
    const folder = await writeFiles(name);
    const archive = archiveOf(folder);
    await archive.next();
    await rm(join(folder, "00003.png"));
    await assert.rejects(collect(archive), { code: "ENOENT" });
  }
});

test("a zip of more than 4 GiB is refused before its first byte", async () => {
  const folder = await writeFiles("large");
  await truncate(join(folder, "00001.png"), 2 ** 32 - 1000);
  await assert.rejects(zipOf(folder).next(), {
    reason: "PARAMETER_CONFLICT",
    metadata: {
      field: "outputs.container",
      limit_bytes: String(2 ** 32 - 1),
      actual_bytes: String(2 ** 32 - 1000 + 2 * FILE_CHUNK_BYTES + 513 + 3 * (76 + 18)),
    },
  });
});
