/** What Ctrl-C and SIGTERM do while a command works. */
import { DepthmeshError } from "../core/errors.js";

/** Exit statuses of a command that a signal ended, as shells report them. */
const EXIT_STATUS = { SIGINT: 130, SIGTERM: 143 } as const;

/** Whether Ctrl-C or SIGTERM aborted the signal of a command. */
export function isInterrupted({ aborted, reason }: AbortSignal): boolean {
  return aborted && (reason as DepthmeshError)?.reason === "JOB_CANCELLED";
}

/** Whether the signal of a command was aborted because its mesh cannot work. */
export function isBroken(signal: AbortSignal): boolean {
  return signal.aborted && !isInterrupted(signal);
}

/**
 * Runs `work` with a signal that Ctrl-C or SIGTERM aborts. The process goes on so that `work` can
 * close what it has opened; a second Ctrl-C ends it at once. The exit status then tells the signal.
 */
export async function interruptibly<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const interrupt = (name: keyof typeof EXIT_STATUS) => () => {
    process.exitCode = EXIT_STATUS[name];
    stop.abort(new DepthmeshError("JOB_CANCELLED", "the command was interrupted"));
  };
  const handlers = [
    ["SIGINT", interrupt("SIGINT")],
    ["SIGTERM", interrupt("SIGTERM")],
  ] as const;
  for (const [name, handler] of handlers) process.once(name, handler);
  try {
    return await work(stop.signal);
  } finally {
    for (const [name, handler] of handlers) process.off(name, handler);
  }
}
