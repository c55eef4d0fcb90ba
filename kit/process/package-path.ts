/** Where the package's own files are, whether compiled or not, and the package's version. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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

export const VERSION: string = JSON.parse(
  readFileSync(packagePath("package.json"), "utf8"),
).version;
