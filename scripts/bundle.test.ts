/** A program in one file names the lines of its sources. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { packagePath } from "../kit/process/package-path.js";

test("a stack of a service in one file has lines of TypeScript", async () => {
  const program = packagePath("dist", "bundle", "services", "gateway", "main.js");
  // The first thing of the process that the service changes.
  const script = `process.umask = () => {
      process.stderr.write(new Error("here").stack);
      process.reallyExit(0);
    };
    await import(${JSON.stringify(program)});`;
  const args = ["--enable-source-maps", "--input-type=module", "-e", script];
  const stderr = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, (_error, _stdout, words) => resolve(words));
  });
  assert.match(stderr, /at runService \(.*\/kit\/process\/service\.ts:\d+:\d+\)/);
  assert.match(stderr, /\/services\/gateway\/main\.ts:\d+:\d+/);
});
