/**
 * What a process has counted since its start: events that a person should know of and that fail no
 * call by themselves. Describe (WorkerService) reports them, and each is logged where it is
 * counted.
 */

/** Every counter, with what it counts. */
export const COUNTERS = {
  unreadable_entries:
    "entries of NATS buckets and messages that could not be read, and were skipped",
  corrupt_blobs: "stored blobs that differed from their hash, and were set aside",
} as const;

export type CounterName = keyof typeof COUNTERS;

const counts = new Map<CounterName, number>();

/** Adds one to a counter of this process, and returns its new value. */
export function count(name: CounterName): number {
  const next = (counts.get(name) ?? 0) + 1;
  counts.set(name, next);
  return next;
}

/** The same as a reading for the metrics. */
export const countedEvents = (name: CounterName) => ({ value: counts.get(name) ?? 0 });

/** The counters above 0, as text for Describe. */
export function countedFacts(): Record<string, string> {
  return Object.fromEntries([...counts].map(([name, value]) => [name, String(value)]));
}
