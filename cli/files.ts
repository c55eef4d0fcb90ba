/** Checks of the files that a command reads and writes, made before any work is done for them. */
import type { Stats } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { JobFiles } from "../client/job-files.js";
import { DepthmeshError } from "../core/errors.js";

/** Throws FILE_NOT_FOUND, which names the first file that cannot be read. */
export async function assertFilesReadable(files: JobFiles<string>): Promise<void> {
  const { photo, depthMap, sound } = files;
  for (const path of [photo, depthMap, sound]) {
    if (path !== undefined) await assertReadable(path);
  }
}

/** Throws FILE_NOT_FOUND unless `path` is a file that this user may read. */
export async function assertReadable(path: string): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  if (!facts) throw new DepthmeshError("FILE_NOT_FOUND", `${path} does not exist`);
  if (!facts.isFile()) throw new DepthmeshError("FILE_NOT_FOUND", `${path} is not a file`);
  await access(path, constants.R_OK).catch(() => {
    throw new DepthmeshError("FILE_NOT_FOUND", `${path} cannot be read: permission denied`);
  });
}

/**
 * Throws PARAMETER_CONFLICT when two outputs are the same file, when an output is also an input, or
 * when one cannot be written. Undefined inputs are ignored.
 */
export async function assertOutputsWritable(
  outputs: readonly string[],
  inputs: readonly (string | undefined)[],
): Promise<void> {
  const uses = new Map<string, string>();
  for (const input of inputs) if (input !== undefined) uses.set(await identity(input), "read");
  for (const output of outputs) {
    const key = await identity(output);
    const use = uses.get(key);
    if (use) throw conflict(`${output} would be written, but it is ${use} too`);
    uses.set(key, "written");
    await assertWritable(output);
  }
}

/** The same string for two names of one file. */
async function identity(path: string): Promise<string> {
  const facts = await factsOf(path);
  return facts ? `${facts.dev}/${facts.ino}` : resolve(path);
}

/** The folder exists and is writable, or can be created. */
async function assertWritable(path: string): Promise<void> {
  const facts = await factsOf(path);
  if (facts && !facts.isFile()) throw conflict(`${path} exists and is not a file`);
  let folder = dirname(resolve(path));
  while (!(await factsOf(folder))) folder = dirname(folder);
  const isFolder = (await factsOf(folder))?.isDirectory();
  if (!isFolder) throw conflict(`${path} cannot be written: ${folder} is not a folder`);
  await access(folder, constants.W_OK).catch(() => {
    throw conflict(`${path} cannot be written: no permission to write to ${folder}`);
  });
}

/** Undefined when nothing has this name. */
async function factsOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw conflict(`${path} cannot be accessed: ${error.message}`);
  });
}

const conflict = (message: string) => new DepthmeshError("PARAMETER_CONFLICT", message);
