/** Files with secrets: only their user reads them, and a file that others read is no secret. */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { DepthmeshError } from "../core/errors.js";

/** Writes the file as a whole, readable by this user only. */
export function writePrivateFile(path: string, text: string): void {
  // Made anew, because an older file of this name keeps its mode.
  const written = `${path}.new`;
  rmSync(written, { force: true });
  writeFileSync(written, text, { mode: 0o600, flag: "wx" });
  renameSync(written, path);
}

/**
 * Its text. Throws FILE_NOT_FOUND, and PARAMETER_CONFLICT where other users can read or write it.
 */
export function readPrivateFile(path: string): string {
  let mode: number;
  let text: string;
  try {
    mode = statSync(path).mode;
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const message = `the file ${path} does not exist or cannot be read`;
    throw new DepthmeshError("FILE_NOT_FOUND", message, { cause });
  }
  if ((mode & 0o077) === 0) return text;
  throw new DepthmeshError(
    "PARAMETER_CONFLICT",
    `other users of this machine can read ${path}, which has the secrets of a mesh: chmod 600 ${path}`,
  );
}
