/** The files that the user named. */

import type { Stats } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { JobFiles } from "../client/job-files.js";
import { DepthmeshError } from "../core/errors.js";

/** Throws with the path: it is the user's own, and stays on this machine. */
export async function assertReadable(
  path: string,
  reason: "IMAGE_UNSUPPORTED_FORMAT" | "SOUND_UNSUPPORTED_FORMAT" = "IMAGE_UNSUPPORTED_FORMAT",
): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  if (!facts?.isFile()) {
    throw new DepthmeshError(reason, `${path} is no file`);
  }
  await access(path, constants.R_OK).catch(() => {
    throw new DepthmeshError(reason, `${path} cannot be read`);
  });
}

/** Throws with the path of the first file that cannot be read. */
export async function assertFilesReadable({
  photo,
  depthMap,
  sound,
}: JobFiles<string>): Promise<void> {
  await assertReadable(photo);
  if (depthMap !== undefined) await assertReadable(depthMap);
  if (sound !== undefined) await assertReadable(sound, "SOUND_UNSUPPORTED_FORMAT");
}

/**
 * Throws PARAMETER_CONFLICT where two are the same file or one is an input, and where one cannot be written. Inputs that are absent
 * are undefined.
 */
export async function assertOutputsWritable(
  outputs: readonly string[],
  inputs: readonly (string | undefined)[],
): Promise<void> {
  const taken = new Map<string, string>();
  for (const input of inputs) if (input !== undefined) taken.set(await identity(input), "read");
  for (const output of outputs) {
    const key = await identity(output);
    const use = taken.get(key);
    if (use) throw conflict(`${output} would be written, and is ${use} too`);
    taken.set(key, "written");
    await assertWritable(output);
  }
}

/** The same for two names of one file. */
async function identity(path: string): Promise<string> {
  const facts = await factsOf(path);
  return facts ? `${facts.dev}/${facts.ino}` : resolve(path);
}

/** Its folder can be made, or is there and can be written to. */
async function assertWritable(path: string): Promise<void> {
  const facts = await factsOf(path);
  if (facts && !facts.isFile()) throw conflict(`${path} is no file that can be replaced`);
  let folder = dirname(resolve(path));
  while (!(await factsOf(folder))) folder = dirname(folder);
  const isFolder = (await factsOf(folder))?.isDirectory();
  if (!isFolder) throw conflict(`${path} cannot be written: ${folder} is no folder`);
  await access(folder, constants.W_OK).catch(() => {
    throw conflict(`${path} cannot be written: ${folder} does not allow it`);
  });
}

/** Undefined where nothing is. */
async function factsOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw conflict(`${path} cannot be looked at: ${error.message}`);
  });
}

const conflict = (words: string) => new DepthmeshError("PARAMETER_CONFLICT", words);
