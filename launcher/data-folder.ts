/** Makes the data folder of a mesh, or says in plain words why it cannot be used. */
import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes the folder and those above it. Each one by itself, because Node's recursive mkdir never
 * returns in file systems such as /proc.
 */
export function makeDataFolder(folder: string): void {
  const path = resolve(folder);
  const missing: string[] = [];
  for (let above = path; !exists(above); above = dirname(above)) missing.unshift(above);
  try {
    for (const one of missing) mkdirSync(one);
    if (!statSync(path).isDirectory()) throw new Error("it is not a folder");
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `the data folder ${path} cannot be used: ${why}; choose another with --data`;
    throw new Error(message, { cause: error });
  }
}

function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // A file stands where a folder should be: making the folder gives the clearer error.
    return dirname(path) === path;
  }
}
