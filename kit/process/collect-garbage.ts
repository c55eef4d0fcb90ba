/** Collects this thread's garbage at once, for what is large and what V8 does not count. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const AGAIN_MS = 1_000;
const MAX_TRIES = 30;

let collect: (() => void) | undefined;

/**
 * Takes some milliseconds. For shared memory, which V8 does not count: hundreds of MiB would wait
 * for as long as a thread makes no other garbage. Each thread that knew the memory has to do it.
 */
export function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
}

/**
 * Collects as soon as the code that runs now has ended, and again each second while one of
 * `objects` is still there, half a minute at most: somebody who has just finished with one may
 * still have it in a variable. Keeps no process alive.
 */
export function collectSoon(objects: readonly WeakRef<object>[], tries = MAX_TRIES): void {
  setImmediate(() => {
    collectGarbage();
    // In a turn of its own, because asking whether an object is there keeps it for this turn.
    setTimeout(() => {
      const left = objects.filter((object) => object.deref() !== undefined);
      if (left.length > 0 && tries > 1) collectSoon(left, tries - 1);
    }, AGAIN_MS).unref();
  }).unref();
}
