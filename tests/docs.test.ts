/** The tables of docs/ say what the code says, and the README's commands exist. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";
import { packagePath } from "../kit/paths.js";

test("the tables of docs/ are those of the code", async () => {
  const args = [packagePath("dist", "scripts", "docs.js"), "--check"];
  await promisify(execFile)(process.execPath, args).catch((error: { stdout: string }) =>
    assert.fail(error.stdout),
  );
});

test("every npm script that the README names exists", () => {
  const readme = readFileSync(packagePath("README.md"), "utf8");
  const { scripts } = JSON.parse(readFileSync(packagePath("package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const named = [...readme.matchAll(/npm (?:run (\w+)|(test)\b)/g)].map(
    (match) => match[1] ?? match[2] ?? "",
  );
  assert.ok(named.length > 3);
  for (const name of named) assert.ok(scripts[name], `npm run ${name}`);
});
