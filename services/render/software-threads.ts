/** How many threads llvmpipe, Mesa's software renderer, draws with in a container with a limit. */
import { environmentVariable, setEnvironmentVariable } from "../../kit/config.js";
import { limitedProcessors } from "../../kit/process/processors.js";

/** Mesa reads it when a context is made. */
const THREADS = "LP_NUM_THREADS";

/**
 * Before the first context: without this, llvmpipe starts a thread for each processor of the
 * machine, also where the container may use few of them. A number that is set already stays.
 * Returns what is set now; undefined leaves the choice to llvmpipe.
 */
export function limitSoftwareThreads(limit = limitedProcessors()): string | undefined {
  const given = environmentVariable(THREADS);
  if (given !== undefined || limit === undefined) return given;
  // 0 draws in the thread that calls, which is what llvmpipe does with one processor.
  const threads = String(limit > 1 ? limit : 0);
  setEnvironmentVariable(THREADS, threads);
  return threads;
}
