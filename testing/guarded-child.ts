/** Programs that a test starts and that must not outlive it, also when it is killed. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

/**
 * Starts a program that the kernel kills when this process ends. Its pid is that of the program.
 */
export function spawnGuarded(
  program: string,
  arguments_: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  return spawn("setpriv", ["--pdeathsig", "KILL", "--", program, ...arguments_], options);
}
