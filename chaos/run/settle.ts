/** Waiting until a mesh rests: every process serves, and nothing is left of the jobs. */
import { pause } from "../../kit/async/delay.js";
import { BLOB_GRACE_MS, type Lab } from "../mesh/lab.js";
import { leftovers } from "../observe/leftovers.js";
import { orphanBlobs } from "../observe/stored-blobs.js";

/** An order that nobody acked comes once more; a process that was killed starts once more. */
const SETTLE_MS = 30_000;
/** Nothing tells that a process is gone or a stream empty. */
const POLL_MS = 50;

/** From the end of a blob's grace to the sweep that takes it. */
const SWEPT_WITHIN_MS = 10_000;

/** Sentences about what is still left after the time that all may take. */
export async function settle(lab: Lab): Promise<string[]> {
  const deadlineMs = Date.now() + SETTLE_MS;
  const over = new AbortController();
  const serving = [lab.mesh.nats, ...lab.children].map((part) => part.untilServing());
  await Promise.race([Promise.all(serving), pause(SETTLE_MS, over.signal)]);
  over.abort();
  return untilNone(() => leftovers(lab), deadlineMs);
}

/** Sentences about blobs that nothing names, once a mesh has rested for their grace. */
export function settleBlobs(lab: Lab): Promise<string[]> {
  const restsSinceMs = Date.now();
  const deadlineMs = restsSinceMs + BLOB_GRACE_MS + SWEPT_WITHIN_MS;
  return untilNone(async () => {
    const orphans = await orphanBlobs(
      lab.disk("blobs").folder,
      lab.bus.as("gateway"),
      restsSinceMs,
    );
    return orphans.map((sha256) => `nothing names the blob ${sha256}`);
  }, deadlineMs);
}

async function untilNone(look: () => Promise<string[]>, deadlineMs: number): Promise<string[]> {
  for (;;) {
    const left = await look().catch((error: unknown) => [`not looked: ${error}`]);
    if (left.length === 0 || Date.now() > deadlineMs) return left;
    await pause(POLL_MS);
  }
}
