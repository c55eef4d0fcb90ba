/**
 * `npm run dev`: compiles in watch mode and, after each compilation, runs the tests that import a
 * changed file, directly or through others. The graph of imports is read from the compiled files.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { createInterface } from "node:readline";

/** Rooms whose tests need nothing but Node: what is watched where no folder or file is named. */
const UNIT_ROOMS = [
  "core",
  "kit",
  "pipeline",
  "wire",
  "models",
  "client",
  "cli",
  "services/gateway",
];
const IMPORT = /(?:from\s+|import\s+|import\(|new URL\()"(\.[^"]+\.js)"/g;

/** Compiled files below a folder of dist/. */
function compiledFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".js"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith("dist/bundle/"));
}

/** The compiled files that each compiled file imports. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(IMPORT)].map(([, path = ""]) => normalize(join(dirname(file), path)));
}

/** Every file that reaches one of `changed` by its imports, and those themselves. */
function reachedBy(changed: ReadonlySet<string>): ReadonlySet<string> {
  const importers = new Map<string, string[]>();
  for (const file of compiledFiles("dist")) {
    for (const imported of importsOf(file)) {
      importers.set(imported, [...(importers.get(imported) ?? []), file]);
    }
  }
  const reached = new Set(changed);
  for (const file of reached) {
    for (const importer of importers.get(file) ?? []) reached.add(importer);
  }
  return reached;
}

/** Whether a compiled test is one that was asked for: in a folder, or the test of a file. */
function isWatched(test: string, places: readonly string[]): boolean {
  return places.some((place) => {
    const path = join("dist", place);
    return test.startsWith(`${path}/`) || test === path.replace(/(\.test)?\.[jt]s$/, ".test.js");
  });
}

let running: ChildProcess | undefined;
/** Tests that were started and have not ended: a change that interrupts them runs them again. */
const unfinished = new Set<string>();

function runTests(files: readonly string[]): void {
  running?.kill();
  for (const file of files) unfinished.add(file);
  if (unfinished.size === 0) {
    process.stdout.write("dev: no test reaches the change\n");
    return;
  }
  process.stdout.write(`dev: ${unfinished.size} test files\n`);
  const options = ["--no-concurrent-recompilation", "--enable-source-maps", "--test"];
  const reporter = ["--test-reporter=dot", "--test-concurrency=2"];
  const tests = spawn(process.execPath, [...options, ...reporter, ...[...unfinished].sort()], {
    stdio: "inherit",
  });
  running = tests;
  tests.once("exit", (code) => {
    if (running !== tests) return;
    running = undefined;
    if (code !== null) unfinished.clear();
    process.stdout.write(code === 0 ? "dev: passed\n" : "dev: FAILED\n");
  });
}

const places = process.argv.slice(2);
const watched = places.length > 0 ? places : UNIT_ROOMS;
let builtAtMs = Date.now();

function runReached(): void {
  const sinceMs = builtAtMs;
  builtAtMs = Date.now();
  const files = compiledFiles("dist");
  const changed = new Set(files.filter((file) => statSync(file).mtimeMs >= sinceMs));
  const tests = [...reachedBy(changed)].filter((file) => file.endsWith(".test.js"));
  runTests(tests.filter((test) => isWatched(test, watched)).sort());
}

const compiler = spawn("node_modules/.bin/tsc", ["--watch", "--preserveWatchOutput"], {
  stdio: ["ignore", "pipe", "inherit"],
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => compiler.kill());
let isFirst = true;
for await (const line of createInterface({ input: compiler.stdout })) {
  if (line !== "") process.stdout.write(`${line}\n`);
  if (!line.includes("Found 0 errors")) continue;
  if (isFirst) {
    runTests(
      compiledFiles("dist")
        .filter((file) => file.endsWith(".test.js") && isWatched(file, watched))
        .sort(),
    );
    builtAtMs = Date.now();
  } else runReached();
  isFirst = false;
}
running?.kill();
