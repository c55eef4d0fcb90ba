/** Several pieces of work as one, which is over when all of them are. */

/** Their values, or the first failure in their order: later than that of `Promise.all`, but then nothing goes on. */
export async function settleAll<const T extends readonly unknown[]>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
