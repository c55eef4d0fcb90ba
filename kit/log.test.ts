/** No work fails because its log cannot be written. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
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
