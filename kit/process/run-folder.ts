/**
 * Folders for sockets: only their user may enter them, and their paths are short enough for a
 * socket. Their names tell which process made them, so that the next process finds and removes what
 * a killed one left behind.
 */
import { readlinkSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processStat } from "./process-stat.js";

/** sun_path holds 108 bytes, one of which ends the path (unix(7)). */
const MAX_PATH_BYTES = 107;
const RANDOM_CHARACTERS = 6;
/** Where the system's folder for temporary files has too long a path. */
const SHORT_ROOT = "/tmp";

/**
 * Makes a folder with mode 0700 in `root` and returns the path of a file `name` in it. Falls back
 * to /tmp where that path is too long for a socket. Throws where it is too long there too, and the
 * errors of the file system.
 */
export async function makeRunFolder(
  prefix: string,
  name: string,
  root = tmpdir(),
): Promise<{ folder: string; path: string }> {
  const start = `${prefix}-${ownMark()}-`;
  const fits = [root, SHORT_ROOT].find((each) => pathBytes(each, start, name) <= MAX_PATH_BYTES);
  if (fits === undefined) {
    const actual = pathBytes(SHORT_ROOT, start, name);
    throw new RangeError(`a socket's path has at most ${MAX_PATH_BYTES} bytes, not ${actual}`);
  }
  const folder = await mkdtemp(join(fits, start));
  return { folder, path: join(folder, name) };
}

function pathBytes(root: string, start: string, name: string): number {
  return Buffer.byteLength(join(root, `${start}${"x".repeat(RANDOM_CHARACTERS)}`, name));
}

/**
 * Removes the folders that ended processes left, and returns their names. Another container may use
 * the same folder for temporary files: only processes that this one can see are judged.
 */
export async function sweepRunFolders(prefix: string, root = tmpdir()): Promise<string[]> {
  const swept: string[] = [];
  for (const folder of new Set([root, SHORT_ROOT])) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (!name.startsWith(`${prefix}-`) || !isLeft(name.slice(prefix.length + 1))) continue;
      // Another user's folder cannot be removed, which is right.
      const removed = rm(join(folder, name), { recursive: true, force: true });
      await removed.then(() => swept.push(name)).catch(() => {});
    }
  }
  return swept;
}

const MARK = /^(?<namespace>\d+)-(?<pid>\d+)-(?<ticks>\d+)-[^-]+$/;

/** The process: its namespace of ids, its id, and when it started, since ids return. */
function ownMark(): string {
  return `${idNamespace()}-${process.pid}-${processStat(process.pid)?.startTicks ?? 0}`;
}

function isLeft(mark: string): boolean {
  const { namespace, pid, ticks } = MARK.exec(mark)?.groups ?? {};
  if (namespace === undefined || namespace !== idNamespace()) return false;
  return processStat(Number(pid))?.startTicks !== Number(ticks);
}

function idNamespace(): string {
  return readlinkSync("/proc/self/ns/pid").replace(/\D/g, "");
}
