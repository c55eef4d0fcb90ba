/** The folder of this user that everything durable is kept in, by the XDG rules. */
import { homedir } from "node:os";
import { join } from "node:path";
import { environmentVariable } from "../config.js";

/** `$XDG_DATA_HOME/depthmesh`, or `~/.local/share/depthmesh`. */
export function userDataFolder(): string {
  const data = environmentVariable("XDG_DATA_HOME") ?? join(homedir(), ".local", "share");
  return join(data, "depthmesh");
}
