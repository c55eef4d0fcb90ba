/** What must hold for the processes of a mesh that rests. */
import type { ProcessFacts } from "../../testing/process-facts.js";

const ENCODER = "ffmpeg";
const DISPLAY = "Xvfb";

/** Sentences about what does not hold. `services` are the processes that the supervisor has, `renderers` some of them. */
export function checkProcessTree(
  processes: readonly ProcessFacts[],
  services: readonly number[],
  renderers: readonly number[],
): string[] {
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const isOurs = ({ pid, parent }: ProcessFacts): boolean => {
    if (services.includes(pid)) return true;
    const above = byPid.get(parent);
    return above !== undefined && isOurs(above);
  };
  const named = (name: string) => processes.filter((process) => process.name === name);
  const describe = ({ name, pid, parent }: ProcessFacts) => `${name} ${pid} of ${parent}`;
  const wrong = processes
    .filter((process) => !isOurs(process))
    .map((process) => `${describe(process)} has outlived its service`);
  wrong.push(...named(ENCODER).map((process) => `${describe(process)} still runs`));
  const displays = named(DISPLAY).length;
  if (displays !== renderers.length) {
    wrong.push(`${displays} Xvfb for ${renderers.length} renderers`);
  }
  return wrong;
}
