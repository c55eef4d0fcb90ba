/** What is remembered of encoders is believed only where nobody else could have written it. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ENCODERS, type EncoderRow } from "./encoders.js";
import { TrialMemory } from "./trial-memory.js";

const base = mkdtempSync(join(tmpdir(), "trial-memory-"));
after(() => rmSync(base, { recursive: true, force: true }));

const rowOf = (name: string): EncoderRow =>
  ENCODERS.find((row) => row.name === name) ?? assert.fail(name);
const X264 = rowOf("libx264");
const NVENC = rowOf("h264_nvenc");
const WORKS = { works: true, failure: "", framesPerSecond: 50 };
const FAILS = { works: false, failure: "no card", framesPerSecond: 0 };

function memoryIn(
  folder: string,
  { conditions = "a" as unknown, hasNoHardware = true } = {},
): TrialMemory {
  return new TrialMemory({ folder, conditions, hasNoHardware });
}

/** A folder where one memory has written, and the file in it. */
function written(name: string): { folder: string; file: string } {
  const folder = join(base, name, "depthmesh");
  memoryIn(folder).remember({ encoder: X264, ...WORKS });
  const [file = assert.fail("no file")] = readdirSync(folder);
  return { folder, file: join(folder, file) };
}

test("a success is remembered under the same conditions only", () => {
  const { folder } = written("same");
  assert.deepEqual(memoryIn(folder).recall(X264), WORKS);
  assert.equal(memoryIn(folder, { conditions: "b" }).recall(X264), undefined);
  const other = { ...X264, options: () => ["-preset", "slow"] };
  assert.equal(memoryIn(folder).recall(other), undefined, "another way to run it");
});

test("a failure is remembered only where no hardware can begin to work", () => {
  const folder = join(base, "failures");
  const without = memoryIn(folder);
  without.remember({ encoder: NVENC, ...FAILS });
  without.remember({ encoder: X264, ...FAILS });
  assert.deepEqual(memoryIn(folder).recall(NVENC), FAILS);
  assert.equal(memoryIn(folder).recall(X264), undefined);
  const withDevices = { conditions: "card", hasNoHardware: false };
  memoryIn(folder, withDevices).remember({ encoder: NVENC, ...FAILS });
  assert.equal(memoryIn(folder, withDevices).recall(NVENC), undefined);
});

test("a torn, strange or old file counts for nothing, and is replaced", () => {
  const { folder, file } = written("torn");
  const content = readFileSync(file, "utf8");
  const old = JSON.stringify({ ...JSON.parse(content), foundAtMs: Date.now() - 8 * 86_400_000 });
  const ahead = JSON.stringify({ ...JSON.parse(content), foundAtMs: Date.now() + 86_400_000 });
  const strange = content.replace("true", '"yes"');
  for (const damaged of ["", content.slice(0, 40), strange, "[]", old, ahead]) {
    writeFileSync(file, damaged);
    assert.equal(memoryIn(folder).recall(X264), undefined, damaged);
  }
  memoryIn(folder).remember({ encoder: X264, ...WORKS });
  assert.deepEqual(memoryIn(folder).recall(X264), WORKS);
});

test("a folder that others can write is neither believed nor written", () => {
  const { folder, file } = written("open");
  chmodSync(folder, 0o777);
  const memory = memoryIn(folder);
  assert.equal(memory.recall(X264), undefined);
  rmSync(file);
  memory.remember({ encoder: X264, ...WORKS });
  memory.forget();
  assert.deepEqual(readdirSync(folder), []);
});

test("without a folder that can be made, everything works and nothing is remembered", () => {
  const memory = memoryIn("/proc/depthmesh");
  memory.remember({ encoder: X264, ...WORKS });
  memory.forget();
  assert.equal(memoryIn("/proc/depthmesh").recall(X264), undefined);
});

test("writers do not disturb each other, and only the latest files stay", () => {
  const folder = join(base, "many");
  for (let i = 0; i < 12; i++) {
    memoryIn(folder, { conditions: i }).remember({ encoder: X264, ...WORKS });
  }
  const files = readdirSync(folder);
  assert.equal(files.length, 8);
  for (const file of files) JSON.parse(readFileSync(join(folder, file), "utf8"));
});
