/** When a process came to rest, from samples of its processor time. */
export interface ProcessorSample {
  readonly atMs: number;
  /** Used so far. */
  readonly seconds: number;
}

/** What a process that only answers, renews and sweeps may use, as a share of one core. */
const RESTING_SHARE = 0.25;

/**
 * The moment of the last sample before which the process was busy: it used more than a quarter of a core over `windowMs` up to
 * it. The first sample's where it never was.
 */
export function restMoment(samples: readonly ProcessorSample[], windowMs: number): number {
  let rest = samples[0]?.atMs ?? Number.NaN;
  for (const [i, { atMs, seconds }] of samples.entries()) {
    const before = samples.slice(0, i).findLast((each) => atMs - each.atMs >= windowMs);
    if (!before) continue;
    const share = (1000 * (seconds - before.seconds)) / (atMs - before.atMs);
    if (share > RESTING_SHARE) rest = atMs;
  }
  return rest;
}
