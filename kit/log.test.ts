/** No work fails because its log cannot be written. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { createLog } from "./log.js";
import { packagePath } from "./process/package-path.js";

const run = promisify(execFile);
const MODULE = packagePath("dist", "kit", "log.js");
const TALKER = `
  const { createLog } = await import(${JSON.stringify(MODULE)});
  const log = createLog("info", { service: "test", worker: "test" });
  for (let line = 0; line < 50_000; line++) log.info("x".repeat(4096));
  console.log("done");`;

test("a full disk under the log stops no work, and lines do not fill the memory instead", async () => {
  const script = `exec "$0" --max-old-space-size=64 --input-type=module -e "$1" 2>/dev/full`;
  const { stdout } = await run("sh", ["-c", script, process.execPath, TALKER]);
  assert.equal(stdout, "done\n");
});

test("a text of a caller can neither begin a line of its own nor command the terminal", () => {
  const evil = 'a\r\n{"level":60,"msg":"forged"} \u001b[2J\u009b2J\u0000\u2028';
  for (const format of ["json", "pretty"] as const) {
    const lines: string[] = [];
    const to = { write: (line: string) => void lines.push(line) };
    const log = createLog("info", { service: "test", worker: "test" }, { format, to });
    log.info({ caller: evil, name: evil, hostname: evil, label: evil, [evil]: [{ evil }] }, "one");
    log.warn({ err: new Error(evil) }, "two");
    log.warn(new Error(evil), "three");
    log.info(evil);
    assert.equal(lines.length, 4);
    for (const line of lines) {
      for (const part of line.split("\n"))
        assert.ok(!part.startsWith("{") || format === "json", part);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      assert.doesNotMatch(line, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/, format);
    }
  }
});
