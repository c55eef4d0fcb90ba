/** Waiting until a mesh rests: every process serves, and nothing is left of the jobs. */
import { pause } from "../../kit/backoff.js";
import type { Lab } from "../mesh/lab.js";
import { leftovers } from "../observe/leftovers.js";
import type { Observer } from "../observe/observer.js";

/** An order that nobody acked comes once more; a process that was killed starts once more. */
const SETTLE_MS = 30_000;
/** Nothing tells that a process is gone or a stream empty. */
const POLL_MS = 50;

/** Sentences about what is still left after the time that all may take. */
export async function settle(lab: Lab, observer: Observer): Promise<string[]> {
  const deadlineMs = Date.now() + SETTLE_MS;
  await Promise.race([
    Promise.all(lab.children.map((child) => child.untilServing())),
    pause(SETTLE_MS),
  ]);
  for (;;) {
    const left = await leftovers(lab, observer).catch((error) => [`not looked: ${error}`]);
    if (left.length === 0 || Date.now() > deadlineMs) return left;
    await pause(POLL_MS);
  }
}
