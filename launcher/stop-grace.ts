/** How long the processes of a mesh get to stop. */
import { COMMON_SETTINGS, childEnvironment, readSettings } from "../kit/config.js";

/** The time that a process gets to exit after its work is handed back and its server is closed. */
const LEAVE_MS = 12_000;

/**
 * Time between SIGTERM and SIGKILL. A process that is killed before it has handed back its work
 * would look as if the work had crashed it. Throws for a wrong setting.
 */
export function stopGraceOf(environment: Readonly<Record<string, string>>): number {
  const settings = childEnvironment(environment);
  const { drainMs } = readSettings({ drainMs: COMMON_SETTINGS.drainMs }, settings);
  // drainMs applies twice: to the orders, then to the calls.
  return 2 * drainMs + LEAVE_MS;
}
