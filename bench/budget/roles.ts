/**
 * What the threads of a service's process do. Node 20 gives all of its own threads the name of the
 * program, so that they are told apart by the order in which it starts them: the main thread, the
 * platform's timer, its four workers, and then all others. Later versions name them.
 */
import type { ThreadTime } from "../../testing/thread-cpu.js";

/** Workers of V8's platform: they collect garbage and compile (node's --v8-pool-size). */
const PLATFORM_WORKERS = 4;
/** The main thread and the timer of the platform are older than the workers. */
const BEFORE_WORKERS = 2;

/** The kernel tells a process's time in ticks of 10 ms, and that of a thread in nanoseconds. */
const ROUNDING_MS = 20;

/** Processor milliseconds by what a thread does. */
export interface RoleTimes {
  readonly main: number;
  /** V8's workers. */
  readonly collector: number;
  /** The threads of the software GL driver, which draw. */
  readonly llvmpipe: number;
  /** The thread that calls GL, in a process that has llvmpipe threads. */
  readonly glCaller: number;
  /** All others, and threads that have ended. */
  readonly other: number;
}

/**
 * `threads` are those of one process, the oldest first; `processMs` is the time of the whole
 * process, also of threads that have ended.
 */
export function roleTimes(threads: readonly ThreadTime[], processMs: number): RoleTimes {
  const [main, ...others] = threads;
  if (!main) throw new Error("a process without threads");
  const workers = new Set(platformWorkers(others));
  const drivers = others.filter(({ name }) => name.startsWith("llvmpipe"));
  const caller = drivers.length > 0 ? glCaller(others, workers, drivers[0]) : undefined;
  const known = {
    main: main.cpuMs,
    collector: sumOf([...workers]),
    llvmpipe: sumOf(drivers),
    glCaller: caller?.cpuMs ?? 0,
  };
  const liveMs = sumOf(threads);
  const knownMs = known.main + known.collector + known.llvmpipe + known.glCaller;
  const endedMs = processMs - liveMs > ROUNDING_MS ? processMs - liveMs : 0;
  return { ...known, other: liveMs - knownMs + endedMs };
}

function platformWorkers(others: readonly ThreadTime[]): readonly ThreadTime[] {
  const named = others.filter(({ name }) => name.includes("V8Worker"));
  if (named.length > 0) return named;
  const from = BEFORE_WORKERS - 1;
  return others.slice(from, from + PLATFORM_WORKERS);
}

/**
 * The thread that calls GL has started the driver's threads, so it is older than they are. Of the
 * threads that could be it, it is the one that has worked most: the others serve files.
 */
function glCaller(
  others: readonly ThreadTime[],
  workers: ReadonlySet<ThreadTime>,
  firstDriver: ThreadTime | undefined,
): ThreadTime | undefined {
  const older = others.slice(0, firstDriver && others.indexOf(firstDriver));
  return older
    .filter((thread) => !workers.has(thread))
    .reduce<ThreadTime | undefined>(
      (busiest, thread) => (thread.cpuMs > (busiest?.cpuMs ?? -1) ? thread : busiest),
      undefined,
    );
}

function sumOf(threads: readonly ThreadTime[]): number {
  return threads.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}
