/** The tables of docs/ say what the code says, and the README's commands exist. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";
import { packagePath } from "../kit/process/package-path.js";
import { readManifest } from "../models/manifest.js";
import { builtInModelsFolder } from "../models/registry.js";

test("the tables of docs/ are those of the code", async () => {
  const args = [packagePath("dist", "scripts", "docs.js"), "--check"];
  await promisify(execFile)(process.execPath, args).catch((error: { stdout: string }) =>
    assert.fail(error.stdout),
  );
});

test("docs/models.md has a row for every model of the manifest, with its licence", () => {
  const page = readFileSync(packagePath("docs", "models.md"), "utf8");
  const rows = [...page.matchAll(/^\| `([\w.-]+)` \| ([\w.-]+) \| (yes|no) \|/gm)].map((row) =>
    row.slice(1),
  );
  const entries = readManifest(builtInModelsFolder()).sort((a, b) => b.rank - a.rank);
  const expected = entries.map(({ name, licence, commercialUse }) => [
    ...[name, licence],
    commercialUse ? "yes" : "no",
  ]);
  assert.deepEqual(rows, expected);
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
