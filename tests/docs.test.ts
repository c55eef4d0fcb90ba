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

test("docs/clients.md shows examples/python/convert.py as it is", () => {
  const page = readFileSync(packagePath("docs", "clients.md"), "utf8");
  const program = readFileSync(packagePath("examples", "python", "convert.py"), "utf8");
  assert.ok(page.includes(`\`\`\`python\n${program}\`\`\``));
});

const PAGES = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
const FOLDERS = [
  "docs",
  "docs/decisions",
  "docs/runbooks",
  "deploy",
  "examples",
  "models",
  "samples",
];

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

test("docs/decisions/README.md lists every decision, by number, the rules apart", () => {
  const page = readFileSync(packagePath("docs/decisions/README.md"), "utf8");
  const [, rules = "", choices = ""] = page.split(/^## .*$/m);
  const listed = (part: string) =>
    [...part.matchAll(/^- \[\d{4}\]\((.+?)\)/gm)].map(([, to]) => to);
  assert.equal(listed(rules).length, 11);
  const files = readdirSync(packagePath("docs/decisions")).filter((name) => /^\d/.test(name));
  assert.deepEqual([...listed(rules), ...listed(choices)], files.sort());
});

test("docs/README.md lists every page of docs/", () => {
  const index = readFileSync(packagePath("docs", "README.md"), "utf8");
  const unlisted = readdirSync(packagePath("docs"))
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .filter((name) => !index.includes(`](${name})`));
  assert.deepEqual(unlisted, []);
});

test("models/README.md names the files of the built-in model as they are, with the manifest's licence", () => {
  const page = readFileSync(packagePath("models", "README.md"), "utf8");
  const [builtIn] = readManifest(builtInModelsFolder()).filter(
    ({ source }) => source.kind === "built-in",
  );
  assert.ok(builtIn);
  const cell = (row: string) => new RegExp(`^\\| ${row} +\\| (.*) \\|$`, "m").exec(page)?.[1] ?? "";
  const named = [...page.matchAll(/[\w.-]+\.onnx/g)].map(([name]) => name);
  for (const name of new Set(named)) assert.ok(existsSync(packagePath("models", name)), name);
  for (const { name, bytes, sha256 } of builtIn.files) {
    assert.ok(
      cell("file").startsWith(`\`${name}\`, ${(bytes ?? 0).toLocaleString("en-US")} B`),
      name,
    );
    assert.equal(cell("sha256"), `\`${sha256}\``);
  }
  assert.ok(cell("licence").startsWith(builtIn.licence));
});

/** A room as ARCHITECTURE.md and the code name it: all files of errors are `core/errors`. */
function roomOf(path: string): string {
  const [room = "", inner = ""] = path.split("/");
  if (room === "core" && inner.startsWith("error")) return "core/errors";
  if (room === "proto") return "proto/gen";
  return room === "services" ? `services/${inner}` : room;
}

/** The rooms that the files of a folder import, tests left out, and the npm packages. */
function importsOf(folder: string): { readonly rooms: Set<string>; readonly npm: Set<string> } {
  const rooms = new Set<string>();
  const npm = new Set<string>();
  for (const entry of readdirSync(packagePath(folder), { recursive: true, encoding: "utf8" })) {
    if (!entry.endsWith(".ts") || entry.endsWith(".test.ts")) continue;
    const path = join(folder, entry);
    const text = readFileSync(packagePath(path), "utf8");
    for (const [, target = ""] of text.matchAll(/ from "([^"]+)"/g)) {
      if (target.startsWith(".")) rooms.add(roomOf(join(dirname(path), target)));
      else if (!target.startsWith("node:")) npm.add(target);
    }
  }
  rooms.delete(folder);
  // Errors belong to core: they count only for a room that imports nothing else of it.
  if (rooms.has("core") || folder === "core") rooms.delete("core/errors");
  return { rooms, npm };
}

test("ARCHITECTURE.md says which rooms each room imports", () => {
  const page = readFileSync(packagePath("ARCHITECTURE.md"), "utf8");
  const [, table = ""] = page.split(/^## /m);
  assert.match(table, /^Rooms\n/);
  const rows = [...table.matchAll(/^\| `([\w/]+?)\/?` \| [^|]* \| ([^|]*) \|$/gm)].filter(
    ([, room]) => room !== "proto" && room !== "testing",
  );
  assert.equal(rows.length, 16);
  for (const [, room = "", said = ""] of rows) {
    const stated = [...said.matchAll(/`([\w/]+)`/g)].map(([, name = ""]) => name);
    assert.deepEqual([...importsOf(room).rooms].sort(), stated.sort(), room);
  }
  assert.deepEqual([...importsOf("core").npm], ["@mapbox/martini"]);
});
