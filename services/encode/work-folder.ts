/**
 * Folders for files that are being written. Their names contain the host and the process id, so
 * that the next process finds and removes what a killed process left behind.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "../../kit/process/process-stat.js";

const PREFIX = "depthmesh-encode";
const NAME = new RegExp(`^${PREFIX}-(?<host>.+)-(?<pid>\\d+)-[^-]+$`);

/**
 * Creates a new folder in `root`, or in the system's folder for temporary files if `root` is empty.
 */
export function makeWorkFolder(root: string): Promise<string> {
  return mkdtemp(join(root || tmpdir(), `${PREFIX}-${hostname()}-${process.pid}-`));
}

/**
 * Removes the folders that dead processes of this host left in `root`, and returns their names.
 * Call it before the first `makeWorkFolder`: a folder with the id of this process belongs to an
 * earlier process that had the same id.
 */
export async function sweepWorkFolders(root: string): Promise<string[]> {
  const folder = root || tmpdir();
  const left = (await readdir(folder)).filter((name) => {
    const { host, pid } = NAME.exec(name)?.groups ?? {};
    return host === hostname() && (Number(pid) === process.pid || !isAlive(Number(pid)));
  });
  await Promise.all(left.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  return left;
}
