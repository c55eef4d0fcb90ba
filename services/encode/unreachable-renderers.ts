/**
 * The renderers that this process could not connect to of late, for `depthmesh status`: a job that
 * waits for one tells nobody why.
 */
import { UNREACHABLE_RENDERERS } from "../../pipeline/worker/renderer-unreachable.js";

/** So long after the last attempt an address is still told: a renderer that is gone is no news. */
const TOLD_MS = 120_000;
const MAX_TOLD = 8;

/** When the last attempt failed, by address; the latest one is the last. */
const failedAtMs = new Map<string, number>();

/** Call after each attempt to connect to the renderer at host:port. */
export function noteConnection(address: string, isMade: boolean, nowMs = Date.now()): void {
  failedAtMs.delete(address);
  if (!isMade) failedAtMs.set(address, nowMs);
  for (const [known, atMs] of failedAtMs) {
    if (nowMs - atMs > TOLD_MS || failedAtMs.size > MAX_TOLD) failedAtMs.delete(known);
  }
}

/** What Describe tells of them; nothing where there are none. */
export function unreachableFacts(nowMs = Date.now()): Readonly<Record<string, string>> {
  const late = [...failedAtMs].filter(([, atMs]) => nowMs - atMs <= TOLD_MS);
  return late.length === 0
    ? {}
    : { [UNREACHABLE_RENDERERS]: late.map(([address]) => address).join(" ") };
}
