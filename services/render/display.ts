/**
 * Provides the X display that GL needs: the one in DISPLAY, or an Xvfb of our own that cannot
 * outlive us and that is killed when it stops answering.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { DepthmeshError } from "../../core/errors.js";
import { StallWatch, stallError } from "../../kit/async/stall-watch.js";
import { environmentVariable, setEnvironmentVariable } from "../../kit/config.js";

const START_TIMEOUT_MS = 10_000;

export interface Display {
  readonly name: string;
  /**
   * From now on an Xvfb of our own that does not answer for `stallMs` is killed. Does nothing for a
   * given display.
   */
  watch(stallMs: number): void;
  close(): void;
}

/**
 * Makes sure that there is a display. `lost` is called when an Xvfb of our own ends or hangs before
 * `close`. Throws RENDERER_LOST where Xvfb cannot be started.
 */
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
  // Xvfb cannot outlive this process, so it must not keep it running either.
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

/** The exit code of setpriv when the program does not exist. */
const NOT_FOUND = 127;

function endOf(code: number | null, signal: string | null): string {
  if (code === NOT_FOUND) return "Xvfb is not installed, and DISPLAY names no other X server";
  return signal ? `Xvfb was ended by ${signal}` : `Xvfb ended with code ${code}`;
}

function displayError(message: string, cause?: unknown): DepthmeshError {
  return new DepthmeshError("RENDERER_LOST", message, { cause });
}

/**
 * The set-up request of a connection (X11 protocol, chapter 8): little endian, protocol 11.0, no
 * authorization. Any answer shows that the server is alive, even a refusal.
 */
const SET_UP = Buffer.from([0x6c, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/**
 * Connects to the display `:N` of this machine every `periodMs`, until the returned function is
 * called. Calls `silent` once when nothing is answered for `periodMs`.
 */
function watchDisplay(name: string, periodMs: number, silent: () => void): () => void {
  const path = `/tmp/.X11-unix/X${name.slice(1)}`;
  let next: NodeJS.Timeout;
  let stopAsking = () => {};
  const ask = () => {
    const socket = createConnection(path, () => socket.write(SET_UP));
    const watch = new StallWatch({ stallMs: periodMs, stalled: () => finish(silent) });
    const finish = (then: () => void) => {
      watch.end();
      socket.destroy();
      then();
    };
    stopAsking = () => finish(() => {});
    socket.once("data", () => finish(askLater));
    // A server that is gone is noticed by its exit. A failed connection alone is not proof that it
    // hangs.
    socket.once("end", () => finish(askLater));
    socket.once("error", () => finish(askLater));
    watch.begin();
    socket.unref();
  };
  const askLater = () => {
    next = setTimeout(ask, periodMs).unref();
  };
  askLater();
  return () => {
    clearTimeout(next);
    stopAsking();
  };
}
