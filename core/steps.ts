/** Long work on the thread that serves calls, done in slices so that others have their turn. */

/**
 * Work that yields now and then, so that whoever runs it may let others run. It should yield after
 * less than a millisecond.
 */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Does the work without a pause, for threads and processes that have nothing else to do. */
export function finishSteps<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { value, done } = steps.next();
    if (done) return value;
  }
}

/** Long enough that the pauses cost nothing, short enough that nobody notices. */
const SLICE_MS = 10;

/** Does the work in slices of about 10 ms, and lets the event loop turn between them. */
export async function finishInSlices<Result>(steps: Steps<Result>): Promise<Result> {
  for (let sliceEndMs = performance.now() + SLICE_MS; ; ) {
    const { value, done } = steps.next();
    if (done) return value;
    if (performance.now() < sliceEndMs) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    sliceEndMs = performance.now() + SLICE_MS;
  }
}
