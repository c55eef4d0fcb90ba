/** How a service's process ends when it cannot start. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { packagePath } from "./package-path.js";

test("a wrong setting ends a service with one clear line that names it, and no stack", async () => {
  const main = packagePath("dist", "services", "gateway", "main.js");
  const env = { ...process.env, DEPTHMESH_PORT: "abc" };
  await assert.rejects(promisify(execFile)(process.execPath, [main], { env }), (error: unknown) => {
    const { code, stderr } = error as { code: number; stderr: string };
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error: environment variables are wrong\n {2}DEPTHMESH_PORT is "abc", but must be an integer/,
    );
    assert.doesNotMatch(stderr, /\n {4}at /);
    return true;
  });
});
