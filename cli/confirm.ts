/** Asks the user before something is deleted for good. */
import { createInterface } from "node:readline/promises";
import { DepthmeshError } from "../core/errors.js";

/** True after a yes on the terminal. Throws PARAMETER_CONFLICT where there is no terminal. */
export async function confirmed(question: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new DepthmeshError("PARAMETER_CONFLICT", `${question} Add --yes to go on without asking`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
