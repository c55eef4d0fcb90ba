/** Where the package's own files are, compiled or not. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A path inside the package: the folder that holds package.json and the `dist` this file was compiled to. */
export function packagePath(...parts: string[]): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("package.json of depthmesh not found");
    folder = parent;
  }
  return join(folder, ...parts);
}
