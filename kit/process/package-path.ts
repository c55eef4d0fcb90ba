/** Where the package's own files are, whether compiled or not, and the package's version. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** A path below the folder that holds package.json; compiled files lie in its subfolder `dist`. */
export function packagePath(...parts: string[]): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("package.json of depthmesh not found");
    folder = parent;
  }
  return join(folder, ...parts);
}

/** Where this code was compiled to: dist/, or dist/bundle/ for what scripts/bundle.ts has made. */
const COMPILED = fileURLToPath(import.meta.url).startsWith(packagePath("dist", "bundle", "/"))
  ? packagePath("dist", "bundle")
  : packagePath("dist");

/**
 * The compiled form of a module that runs as a thread or a child process, such as
 * `services/render/gl/thread.js`. A module's own URL does not lead there, because it may be part of
 * a larger file.
 */
export function compiledModule(path: string): URL {
  return pathToFileURL(join(COMPILED, path));
}

export const VERSION: string = JSON.parse(
  readFileSync(packagePath("package.json"), "utf8"),
).version;
