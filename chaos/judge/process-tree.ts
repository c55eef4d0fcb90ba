/** Checks the processes of an idle mesh: no orphans, no encoders, one Xvfb per renderer. */
import type { ProcessFacts } from "../../testing/process-facts.js";

type Process = Pick<ProcessFacts, "pid" | "parent" | "name">;

const ENCODER = "ffmpeg";
const DISPLAY = "Xvfb";

/**
 * Returns each violation as a sentence. `services` are the processes of the supervisor; `renderers`
 * are those of them that render.
 */
export function checkProcessTree(
  processes: readonly Process[],
  services: readonly number[],
  renderers: readonly number[],
): string[] {
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const hasService = (process: Process): boolean => {
    if (services.includes(process.pid)) return true;
    const parent = byPid.get(process.parent);
    return parent !== undefined && hasService(parent);
  };
  const named = (name: string) => processes.filter((process) => process.name === name);
  const describe = ({ name, pid, parent }: Process) => `${name} ${pid} of ${parent}`;
  const wrong = processes
    .filter((process) => !hasService(process))
    .map((process) => `${describe(process)} has outlived its service`);
  wrong.push(...named(ENCODER).map((process) => `${describe(process)} still runs`));
  const displays = named(DISPLAY).length;
  if (displays !== renderers.length) {
    wrong.push(`${displays} Xvfb for ${renderers.length} renderers`);
  }
  return wrong;
}
