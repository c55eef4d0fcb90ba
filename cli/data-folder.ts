/** The data folder of a mesh that a command starts: one for the user, not one in every folder. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { userDataFolder } from "../kit/process/user-folders.js";

/** Earlier versions kept jobs in this folder of the working directory. */
const FORMER = ".depthmesh";

/**
 * The folder that `--data` names, or the user's. Says how to move the jobs of an earlier version if
 * the working directory has some.
 */
export function dataFolder(named: string | undefined): string {
  if (named !== undefined) return resolve(named);
  const folder = userDataFolder();
  if (existsSync(join(FORMER, "nats"))) {
    process.stderr.write(
      `note: jobs are kept in ${folder} now; those in ./${FORMER} are used with --data ${FORMER}, or remove that folder\n`,
    );
  }
  return folder;
}
