/** Lines of a trace file: whole ones only, a bounded part of a long file, nothing outside. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readStoredTrace, traceHash } from "./stored-trace.js";

const ID = "c0ffee".padEnd(32, "0");
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-traces-"));
});
after(() => rm(folder, { recursive: true }));

test("all whole lines of a file, and not the one that a process is writing", async () => {
  await writeFile(join(folder, `${ID}.jsonl`), '{"a":1}\n{"b":"ü"}\n{"c"');
  assert.deepEqual(await readStoredTrace(folder, ID), {
    lines: ['{"a":1}', '{"b":"ü"}'],
    truncated: false,
  });
});

test("a trace without a file is empty, and so is an id that is a path", async () => {
  await writeFile(join(folder, "secret.jsonl"), "secret\n");
  for (const id of ["f".repeat(32), "secret", "../secret", ""]) {
    assert.deepEqual(await readStoredTrace(folder, id), { lines: [], truncated: false }, id);
  }
});

test("of a long file its first and its last lines, each once and whole", async () => {
  const lines = Array.from({ length: 100 }, (_, i) => `{"line":"${String(i).padStart(3, "0")}"}`);
  await writeFile(join(folder, `${ID}.jsonl`), `${lines.join("\n")}\n`);
  const found = await readStoredTrace(folder, ID, 300);
  assert.equal(found.truncated, true);
  const numbers = found.lines.map((line) => Number(JSON.parse(line).line));
  assert.deepEqual(numbers.slice(0, 3), [0, 1, 2]);
  assert.equal(numbers.at(-1), 99);
  assert.equal(new Set(numbers).size, numbers.length);
  assert.ok(numbers.length >= 15 && numbers.length <= 20, `${numbers.length} lines`);
  const whole = await readStoredTrace(folder, ID);
  assert.deepEqual([whole.lines, whole.truncated], [lines, false]);
});

test("the hash tells lines apart, and not how they were read", () => {
  const hash = (...lines: string[]) => traceHash({ lines, truncated: false }).toString("hex");
  assert.equal(hash("a", "b"), hash("a", "b"));
  assert.notEqual(hash("a", "b"), hash("ab"));
  assert.notEqual(hash("a", "b"), hash("b", "a"));
});
