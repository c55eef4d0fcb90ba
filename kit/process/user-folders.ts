/** The folders of this user, by the XDG rules, and whether a folder can be trusted. */
import { existsSync, lstatSync, mkdirSync, type Stats } from "node:fs";
import { homedir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { environmentVariable } from "../config.js";

/**
 * Where everything durable is kept: `$XDG_DATA_HOME/depthmesh`, or `~/.local/share/depthmesh`.
 */
export function userDataFolder(): string {
  const data = environmentVariable("XDG_DATA_HOME") ?? join(homedir(), ".local", "share");
  return join(data, "depthmesh");
}

/**
 * Where is kept what can be found out again: `$XDG_CACHE_HOME/depthmesh`, or `~/.cache/depthmesh`.
 */
export function userCacheFolder(): string {
  return join(environmentVariable("XDG_CACHE_HOME") ?? join(homedir(), ".cache"), "depthmesh");
}

/**
 * Makes a folder that only this user can write, with those above it. False where that is not
 * possible, or where a folder is there that others can write: in a read-only container, say.
 */
export function makeOwnFolder(folder: string): boolean {
  try {
    // One by one, because Node's recursive mkdir never returns in file systems such as /proc.
    const missing: string[] = [];
    for (let above = folder; !existsSync(above); above = dirname(above)) missing.unshift(above);
    for (const one of missing) makeUnlessMade(one);
    return folderFault(folder) === undefined;
  } catch {
    return false;
  }
}

/** Another process may make it at the same moment. */
function makeUnlessMade(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/**
 * Why others could have put something into a folder, as the end of a sentence: "belongs to another
 * user". Undefined if they could not, or if there is no folder.
 */
export function folderFault(folder: string): string | undefined {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found && whatIsWrong(found);
}

function whatIsWrong(found: Stats): string | undefined {
  if (!found.isDirectory()) return "is a link or a file, not a folder";
  if (found.uid !== userInfo().uid) return "belongs to another user";
  return (found.mode & 0o022) === 0 ? undefined : "can be written by other users";
}
