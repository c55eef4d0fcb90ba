/** Fills the pauses of a stream of events, so that nobody on the way takes it for dead. */
import { pause } from "../../../kit/async/delay.js";
import { COMMENT } from "./event-stream.js";

/** The same texts, and a comment whenever `quietMs` have passed without one. */
export async function* withComments(
  texts: AsyncIterable<string>,
  quietMs: number,
): AsyncGenerator<string> {
  const source = texts[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = source.next();
      // It is awaited below; a reader that leaves meanwhile has no use for its failure.
      next.catch(() => {});
      while (!(await within(next, quietMs))) yield COMMENT;
      const { value, done } = await next;
      if (done) return;
      yield value;
    }
  } finally {
    // A generator that waits handles `return` only after its wait, so this does not await it.
    void source.return?.().catch(() => {});
  }
}

/** Whether the promise settles within `ms`. */
async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const waited = new AbortController();
  const settled = promise.then(
    () => true,
    () => true,
  );
  const late = pause(ms, waited.signal).then(() => false);
  return Promise.race([settled, late]).finally(() => waited.abort());
}
