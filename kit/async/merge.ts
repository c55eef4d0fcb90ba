/** Several streams as one, each value as it comes. */

/**
 * At most one value of each source is taken ahead of the reader, so that a slow reader slows them all. Ends when all have
 * ended; an error of one ends the others and is thrown, and so does leaving the loop.
 */
export async function* merge<T>(...sources: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const next = (iterator: AsyncIterator<T>) => {
    const taken = iterator.next().then((result) => ({ iterator, result }));
    // It is looked at when the reader asks again; until then a failure is not unhandled.
    taken.catch(() => {});
    return taken;
  };
  const pending = new Map(iterators.map((iterator) => [iterator, next(iterator)]));
  try {
    while (pending.size > 0) {
      const { iterator, result } = await Promise.race(pending.values());
      if (result.done) {
        pending.delete(iterator);
        continue;
      }
      pending.set(iterator, next(iterator));
      yield result.value;
    }
  } finally {
    for (const iterator of pending.keys()) {
      // A generator that waits takes its return when the wait is over: nobody waits for that.
      void iterator.return?.().catch(() => {});
    }
  }
}
