/** What every process measures about itself: processor, memory, and its event loop. */
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { countedEvents } from "./counters.js";
import { lookedAtOnce } from "./looked-at-once.js";
import { offerMetric } from "./metrics.js";

/** The timer that measures the delay wakes so often; each time costs about 50 µs. */
const DELAY_RESOLUTION_MS = 200;
/** The gauges of one reading come from one look. */
const LOOK_MS = 200;
const MICRO = 1e-6;
const NANO = 1e-9;
/** Linux counts the time of children in hundredths of a second, on every machine. */
const TICKS_PER_SECOND = 100;

/** The returned function ends it. */
export function offerProcessMetrics(): () => void {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();
  // Each reading covers the time since the last one.
  const delays = lookedAtOnce(() => {
    const percentile = (share: number) => secondsOf(delay.percentile(share));
    const look = { p50: percentile(50), p99: percentile(99), max: secondsOf(delay.max) };
    delay.reset();
    return look;
  }, LOOK_MS);
  let before = performance.eventLoopUtilization();
  const utilization = lookedAtOnce(() => {
    const now = performance.eventLoopUtilization();
    const share = performance.eventLoopUtilization(now, before).utilization;
    before = now;
    return share;
  }, LOOK_MS);
  const stops = [
    offerMetric("nodejs.eventloop.delay.p50", () => [{ value: delays().p50 }]),
    offerMetric("nodejs.eventloop.delay.p99", () => [{ value: delays().p99 }]),
    offerMetric("nodejs.eventloop.delay.max", () => [{ value: delays().max }]),
    offerMetric("nodejs.eventloop.utilization", () => [{ value: utilization() }]),
    offerMetric("process.memory.usage", () => [{ value: process.memoryUsage.rss() }]),
    offerMetric("process.uptime", () => [{ value: process.uptime() }]),
    offerMetric("process.cpu.time", () => {
      const { user, system } = process.cpuUsage();
      return byMode(user * MICRO, system * MICRO);
    }),
    offerMetric("depthmesh.children.cpu.time", () => {
      const { user, system } = childrenTicks();
      return byMode(user / TICKS_PER_SECOND, system / TICKS_PER_SECOND);
    }),
    offerMetric("depthmesh.unreadable_entries", () => [countedEvents("unreadable_entries")]),
    offerMetric("depthmesh.corrupt_blobs", () => [countedEvents("corrupt_blobs")]),
  ];
  return () => {
    for (const stop of stops) stop();
    delay.disable();
  };
}

/**
 * Node counts the whole time between two wakes of the timer. Before the first sample its histogram
 * has no number.
 */
function secondsOf(nanoseconds: number): number {
  const seconds = nanoseconds * NANO - DELAY_RESOLUTION_MS / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}

function byMode(user: number, system: number) {
  return [
    { value: user, attributes: { "cpu.mode": "user" } },
    { value: system, attributes: { "cpu.mode": "system" } },
  ] as const;
}

/** Time of the children that this process has waited for: fields 16 and 17 of its stat file. */
function childrenTicks(): { readonly user: number; readonly system: number } {
  const text = readFileSync("/proc/self/stat", "utf8");
  // The name of the program, in parentheses, may have spaces; the third field follows it.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { user: Number(fields[13]), system: Number(fields[14]) };
}
