/** Finds a process that lives and does nothing: it was stopped, or waits for what never comes. */
import { pause } from "../kit/async/delay.js";

export interface LivenessProbe {
  /** Ask it. Rejects when it does not answer within `timeoutMs`. */
  readonly ask: (timeoutMs: number) => Promise<unknown>;
  /** Between two questions, and for an answer. */
  readonly everyMs: number;
}

export const PROBE_EVERY_MS = 10_000;
/** One question may be lost, and a machine that is short of time may be late with two. */
const SILENCES = 3;

/**
 * Resolves true when a process that has answered before does not answer three times in a row, false
 * when the signal fires. One that never answered may be out of reach from here: it is let be.
 */
export async function untilSilent(
  { ask, everyMs }: LivenessProbe,
  signal: AbortSignal,
): Promise<boolean> {
  let hasAnswered = false;
  for (let silences = 0; silences < SILENCES; ) {
    const answers = await ask(everyMs).then(
      () => true,
      () => false,
    );
    hasAnswered ||= answers;
    silences = answers || !hasAnswered ? 0 : silences + 1;
    if (silences < SILENCES) await pause(everyMs, signal);
    if (signal.aborted) return false;
  }
  return true;
}
