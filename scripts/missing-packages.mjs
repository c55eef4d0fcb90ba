/**
 * Lists what node_modules lacks of package-lock.json, a line each, and exits with 1 if there is any:
 * npm exits with 0 also where it could not fetch a package that it calls optional, among them the
 * programs and libraries of this platform. With --load, packages with native code must load too.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The packages whose native code this project calls. */
const NATIVE = ["gl", "onnxruntime-node", "sharp", "@node-rs/crc32"];
const LOAD_MS = 60_000;

const libc = process.report.getReport().header.glibcVersionRuntime ? "glibc" : "musl";
const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));

/** A list of npm: those that it names, or all but those behind a "!". */
function matches(list, value) {
  if (list === undefined || list.length === 0) return true;
  return list.every((one) => one.startsWith("!"))
    ? !list.includes(`!${value}`)
    : list.includes(value);
}

/** Whether npm installs it here. What is optional everywhere, nothing relies on. */
function isNeeded({ os, cpu, libc: libraries, optional }) {
  const isLimited = os !== undefined || cpu !== undefined || libraries !== undefined;
  const isOfPlatform =
    matches(os, process.platform) && matches(cpu, process.arch) && matches(libraries, libc);
  return isOfPlatform && (isLimited || !optional);
}

function installedVersion(path) {
  try {
    return JSON.parse(readFileSync(`${path}/package.json`, "utf8")).version;
  } catch {
    return undefined;
  }
}

const missing = Object.entries(packages)
  .filter(([path, entry]) => path.startsWith("node_modules/") && !entry.link && isNeeded(entry))
  .flatMap(([path, { version }]) => {
    const found = installedVersion(path);
    if (found === version) return [];
    return [`${path.slice("node_modules/".length)} ${version}${found ? ` (it is ${found})` : ""}`];
  });

/** In a process of its own, which native code may end. */
function loadFailure(name) {
  const program = `require(${JSON.stringify(name)})`;
  const { status, signal, stderr } = spawnSync(process.execPath, ["-e", program], {
    encoding: "utf8",
    timeout: LOAD_MS,
  });
  if (status === 0) return [];
  const why = /^\w*Error.*$/m.exec(stderr)?.[0] ?? `it ended with ${signal ?? status}`;
  return [`${name} does not load: ${why}`];
}

const broken =
  process.argv.includes("--load") && missing.length === 0
    ? NATIVE.filter((name) => `node_modules/${name}` in packages).flatMap(loadFailure)
    : [];
for (const line of [...missing, ...broken]) process.stdout.write(`${line}\n`);
process.exitCode = missing.length + broken.length > 0 ? 1 : 0;
