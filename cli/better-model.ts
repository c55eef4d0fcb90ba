/** Names a better depth model where people see what the built-in one makes. */
import type { ModelRegistry } from "../models/registry.js";
import { AUTO_MODEL } from "../models/registry.js";
import type { Job } from "../proto/gen/depthmesh/v1/job.js";

/**
 * One line for the end of a command, or undefined: no depth map of these jobs comes from the
 * built-in model, or only those of callers who chose it.
 */
export function betterModelText(
  jobs: readonly Pick<Job, "depthModel" | "spec">[],
  { builtIn, recommended }: Pick<ModelRegistry, "builtIn" | "recommended">,
): string | undefined {
  const isFromBuiltIn = jobs.some(
    ({ depthModel, spec }) =>
      depthModel === builtIn?.name && ["", AUTO_MODEL].includes(spec?.model ?? ""),
  );
  if (!isFromBuiltIn || !recommended) return undefined;
  return `depth by the small built-in model; ${pullText(recommended.name)}`;
}

/** How a better model than this one is installed; empty where it is no built-in one. */
export function betterThanText(
  name: string,
  { builtIn, recommended }: Pick<ModelRegistry, "builtIn" | "recommended">,
): string {
  return name === builtIn?.name && recommended ? ` (built in; ${pullText(recommended.name)})` : "";
}

const pullText = (name: string) => `\`depthmesh models pull ${name}\` for better`;
