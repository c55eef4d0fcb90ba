/** Merges several streams into one, and waits for several promises until all have settled. */

/**
 * One stream of the values of all sources, each value as it comes. At most one value of each source
 * is taken before the reader asks for it, so that a slow reader slows all sources. Ends when all
 * have ended. An error of one source ends the others and is thrown; leaving the loop ends them too.
 */
export async function* merge<T>(...sources: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const next = (iterator: AsyncIterator<T>) => {
    const taken = iterator.next().then((result) => ({ iterator, result }));
    // The reader gets a failure when it asks again; until then it must not count as unhandled.
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
      // A generator that is waiting handles `return` only after its wait, so this does not await
      // it.
      void iterator.return?.().catch(() => {});
    }
  }
}

/**
 * The values of all promises, or the failure of the first one in the list that failed. Unlike
 * `Promise.all` it rejects only after all have settled, so that no work goes on afterwards.
 */
export async function settleAll<const T extends readonly unknown[]>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
