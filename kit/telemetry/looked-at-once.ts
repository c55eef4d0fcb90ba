/** One look for several metrics that are read one after another. */

/** `look`, at most once in `keptMs`; callers meanwhile get the same result, or its error. */
export function lookedAtOnce<T>(look: () => T, keptMs: number): () => T {
  let kept: { readonly value: T; readonly untilMs: number } | undefined;
  return () => {
    const nowMs = performance.now();
    if (!kept || nowMs > kept.untilMs) kept = { value: look(), untilMs: nowMs + keptMs };
    return kept.value;
  };
}
