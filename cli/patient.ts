/** How long a command goes on asking when the gateway that it talks to goes away. */
import type { PatienceOptions } from "../kit/rpc/patience.js";

const PATIENCE_MS = 15_000;

/** Until another gateway answers, or this one is there again. */
export function patient(signal?: AbortSignal): PatienceOptions {
  return { signal, patienceMs: PATIENCE_MS };
}
