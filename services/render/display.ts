/** The X display that GL needs: the one in DISPLAY, or an Xvfb of our own that cannot outlive us. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { DepthmeshError } from "../../core/errors.js";
import { StallWatch, stallError } from "../../kit/async/stall-watch.js";
import { environmentVariable, setEnvironmentVariable } from "../../kit/config.js";

const START_TIMEOUT_MS = 10_000;

export interface Display {
  readonly name: string;
  /** From now on an Xvfb of our own that does not answer for `stallMs` is killed. */
  watch(stallMs: number): void;
  close(): void;
}

/** Make sure that there is a display. `lost` is called when our own Xvfb ends or hangs before `close`. */
export async function openDisplay(lost: (why: Error) => void): Promise<Display> {
  const given = environmentVariable("DISPLAY");
  if (given) return { name: given, watch: () => {}, close: () => {} };
  const guard = ["--pdeathsig", "KILL", "--"];
  const screen = ["-displayfd", "3", "-screen", "0", "16x16x24"];
  const command = ["Xvfb", ...screen, "-nolisten", "tcp", "-noreset"];
  const server = spawn("setpriv", [...guard, ...command], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const ended = new Promise<never>((_, reject) => {
    server.once("error", (error) => reject(displayError("Xvfb cannot be started", error)));
    server.once("exit", (code, signal) => reject(displayError(endOf(code, signal))));
  });
  const output = server.stdio[3] as Socket;
  const [line] = await Promise.race([
    once(output, "data", { signal: AbortSignal.timeout(START_TIMEOUT_MS) }),
    ended,
  ]);
  const name = `:${String(line).trim()}`;
  setEnvironmentVariable("DISPLAY", name);
  // It cannot outlive us, so it need not keep us running either.
  server.unref();
  output.unref();
  let unwatch = () => {};
  let closing = false;
  ended.catch((error) => {
    if (!closing) lost(error);
  });
  return {
    name,
    watch: (stallMs) => {
      unwatch = watchDisplay(name, stallMs, () => {
        lost(stallError("Xvfb", stallMs));
        server.kill("SIGKILL");
      });
    },
    close: () => {
      closing = true;
      unwatch();
      server.kill("SIGTERM");
    },
  };
}

/** What setpriv exits with when there is no such program. */
const NOT_FOUND = 127;

function endOf(code: number | null, signal: string | null): string {
  if (code === NOT_FOUND) return "Xvfb is not installed, and DISPLAY names no other X server";
  return signal ? `Xvfb was ended by ${signal}` : `Xvfb ended with code ${code}`;
}

function displayError(message: string, cause?: unknown): DepthmeshError {
  return new DepthmeshError("RENDERER_LOST", message, { cause });
}

// A connection set-up (X11 protocol, chapter 8) asks an X server whether it still answers.

/** Little endian, protocol 11.0, no authorization: whatever is answered, a refusal too, is a sign of life. */
const SET_UP = Buffer.from([0x6c, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/**
 * Connect to the display `:N` of this machine every `periodMs`, until the function that comes back is called. `silent` is
 * called once when nothing is answered for `periodMs`.
 */
export function watchDisplay(name: string, periodMs: number, silent: () => void): () => void {
  const path = `/tmp/.X11-unix/X${name.slice(1)}`;
  let next: NodeJS.Timeout;
  let endQuestion = () => {};
  const ask = () => {
    const socket = createConnection(path, () => socket.write(SET_UP));
    const watch = new StallWatch({ stallMs: periodMs, stalled: () => finish(silent) });
    const finish = (then: () => void) => {
      watch.end();
      socket.destroy();
      then();
    };
    endQuestion = () => finish(() => {});
    socket.once("data", () => finish(later));
    // A server that is gone is seen by its exit; one that cannot be asked is not blamed for it.
    socket.once("end", () => finish(later));
    socket.once("error", () => finish(later));
    watch.begin();
    socket.unref();
  };
  const later = () => {
    next = setTimeout(ask, periodMs).unref();
  };
  later();
  return () => {
    clearTimeout(next);
    endQuestion();
  };
}
