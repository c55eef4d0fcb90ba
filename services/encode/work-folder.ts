/**
 * Folders for files in the making. Each bears the host and the process it belongs to, so that what
 * a process left behind when it was killed is found and removed by the next one.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "../../kit/process/is-alive.js";

const PREFIX = "depthmesh-encode";
const NAME = new RegExp(`^${PREFIX}-(?<host>.+)-(?<pid>\\d+)-[^-]+$`);

/**
 * A fresh folder in `root`, or in the system's folder for temporary files where `root` is empty.
 */
export function makeWorkFolder(root: string): Promise<string> {
  return mkdtemp(join(root || tmpdir(), `${PREFIX}-${hostname()}-${process.pid}-`));
}

/**
 * Remove what dead processes of this host left in `root`; call it before the first
 * `makeWorkFolder`. A folder that bears this process's own number is of an earlier one that had it.
 * Returns the names of what was removed.
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
