/**
 * Calls at a steady rate, whatever becomes of the ones before: callers do not wait for each other.
 */
import { pause } from "../../kit/async/delay.js";
import { processorSeconds } from "../../testing/process-facts.js";
import { percentile } from "../../testing/statistics.js";

export interface UnaryLoad {
  readonly perSecond: number;
  readonly seconds: number;
  /** The process that serves the calls. */
  readonly pid: number;
}

export interface UnaryTimes {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor milliseconds of the process for each call. */
  readonly processorMs: number;
}

/** The time of a call counts from when it was due, so that a pause of the server delays many. */
export async function unaryTimes(
  { perSecond, seconds, pid }: UnaryLoad,
  call: (number: number) => Promise<unknown>,
): Promise<UnaryTimes> {
  const count = perSecond * seconds;
  const times: number[] = [];
  const calls: Promise<void>[] = [];
  const processorBefore = await processorSeconds(pid);
  const startMs = performance.now();
  for (let number = 0; number < count; number++) {
    const dueMs = startMs + (1000 * number) / perSecond;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0) await pause(earlyMs);
    calls.push(call(number).then(() => void times.push(performance.now() - dueMs)));
  }
  await Promise.all(calls);
  const processorMs = (1000 * ((await processorSeconds(pid)) - processorBefore)) / count;
  return { p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99), processorMs };
}
