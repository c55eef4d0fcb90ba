/** Asks a server again and again while somebody can see the page. */
import { nextWaitMs, type Pace, type Seen } from "./pace.js";

/** The part of a document that tells whether somebody sees it. */
export interface Visibility extends EventTarget {
  readonly visibilityState: DocumentVisibilityState;
}

export interface VisiblePoll {
  /** Asks now, also while an answer is awaited: then once more after it. */
  soon(): void;
  stop(): void;
}

/**
 * Calls `ask` now and then at the pace of what it has seen; never twice at once. While the page is
 * hidden nothing is asked, and at once when it is shown again. `ask` must not throw.
 */
export function pollWhileVisible(
  ask: (signal: AbortSignal) => Promise<Seen>,
  pace: Pace,
  page: Visibility = document,
): VisiblePoll {
  const stopped = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waitMs = pace.shortestMs;
  let isAsking = false;
  let isWanted = false;

  const isHidden = () => page.visibilityState === "hidden";
  const askNow = async () => {
    clearTimeout(timer);
    if (isAsking) {
      isWanted = true;
      return;
    }
    isAsking = true;
    isWanted = false;
    const seen = await ask(stopped.signal);
    isAsking = false;
    if (stopped.signal.aborted || isHidden()) return;
    waitMs = isWanted ? 0 : nextWaitMs(waitMs, seen, pace);
    timer = setTimeout(askNow, waitMs);
  };
  const onVisibility = () => {
    if (isHidden()) clearTimeout(timer);
    else void askNow();
  };
  page.addEventListener("visibilitychange", onVisibility);
  if (!isHidden()) void askNow();
  return {
    soon: () => {
      waitMs = pace.shortestMs;
      void askNow();
    },
    stop: () => {
      stopped.abort();
      clearTimeout(timer);
      page.removeEventListener("visibilitychange", onVisibility);
    },
  };
}
