/** How long a job still takes, from what is known of such jobs and how far it has come. */

/** A part of a job that is not done. */
export interface OpenPart {
  /** Seconds that such a part usually takes; absent: not learnt yet. */
  readonly expectedSeconds?: number | undefined;
  /** Seconds since it began; absent: it has not begun. */
  readonly elapsedSeconds?: number | undefined;
  /** Share of it that is done, in [0, 1]. */
  readonly fraction: number;
}

/** So much of its usual time a part that is overdue is taken to need still. */
const OVERDUE_SHARE = 0.1;
/** Below this, the speed so far says too little where nothing else is known. */
const TELLING_FRACTION = 0.1;

/** Seconds until all parts are done, above zero; undefined if that cannot be told. */
export function remainingSeconds(parts: readonly OpenPart[]): number | undefined {
  let total = 0;
  for (const part of parts) {
    const seconds = remainingOf(part);
    if (seconds === undefined) return undefined;
    total += seconds;
  }
  return total;
}

/**
 * At its beginning a part is judged by those before it, at its end by its own speed; in between the
 * weight passes from one to the other, so that the estimate does not jump.
 */
function remainingOf({ expectedSeconds, elapsedSeconds, fraction }: OpenPart): number | undefined {
  if (elapsedSeconds === undefined) return expectedSeconds;
  const usual =
    expectedSeconds === undefined
      ? undefined
      : Math.max(expectedSeconds - elapsedSeconds, OVERDUE_SHARE * expectedSeconds);
  if (fraction <= 0) return usual;
  const bySpeed = (elapsedSeconds / fraction) * (1 - fraction);
  if (usual === undefined) return fraction >= TELLING_FRACTION ? bySpeed : undefined;
  return usual * (1 - fraction) + bySpeed * fraction;
}
