/** The time that ages and durations on the page are told by. */
import { signal } from "@preact/signals";

const TICK_MS = 1_000;

/** Milliseconds of Unix time, renewed each second while somebody sees the page. */
export const nowMs = signal(Date.now());

setInterval(() => {
  if (document.visibilityState === "visible") nowMs.value = Date.now();
}, TICK_MS);
