/** The tables of docs/ say what the code says, and the README's commands exist. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { PRESET_NAMES } from "../core/scene/presets.js";
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

test("docs/camera.md has the formula of every preset", () => {
  const page = readFileSync(packagePath("docs", "camera.md"), "utf8");
  const [, section = ""] = page.split("\n## Presets\n");
  const [rows = ""] = section.split("\n## ");
  const named = [...rows.matchAll(/^\| ([a-z, -]+?) \|/gm)].flatMap(([, names = ""]) =>
    names.split(", "),
  );
  assert.deepEqual(
    PRESET_NAMES.filter((preset) => !named.includes(preset)),
    [],
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

const PAGES = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
const FOLDERS = ["docs", "docs/decisions", "deploy", "examples", "models", "samples"];

/** Every page of the project, as a path from its top. */
function pages(): string[] {
  const inFolders = FOLDERS.flatMap((folder) =>
    readdirSync(packagePath(folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(folder, name)),
  );
  return [...PAGES, ...inFolders];
}

test("every link between the pages leads to a file", () => {
  const broken = pages().flatMap((page) => {
    const text = readFileSync(packagePath(page), "utf8");
    const targets = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(
      ([, target = ""]) => target,
    );
    return targets
      .filter((target) => !/^\w+:/.test(target))
      .filter((target) => !existsSync(packagePath(dirname(page), target)))
      .map((target) => `${page}: ${target}`);
  });
  assert.deepEqual(broken, []);
});

test("every source file that a page names in code exists", () => {
  const missing = pages().flatMap((page) => {
    const text = readFileSync(packagePath(page), "utf8");
    const paths = [...text.matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.(?:ts|glsl|frag|vert|proto))`/g)];
    return paths
      .map(([, path = ""]) => path)
      .filter((path) => !["", dirname(page)].some((base) => existsSync(packagePath(base, path))))
      .map((path) => `${page}: ${path}`);
  });
  assert.deepEqual(missing, []);
});

test("docs/README.md lists every page of docs/", () => {
  const index = readFileSync(packagePath("docs", "README.md"), "utf8");
  const unlisted = readdirSync(packagePath("docs"))
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .filter((name) => !index.includes(`](${name})`));
  assert.deepEqual(unlisted, []);
});
