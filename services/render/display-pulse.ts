/** Asks an X server whether it still answers, by a connection's set-up (X11 protocol, chapter 8). */
import { createConnection } from "node:net";
import { StallWatch } from "../../kit/async/stall-watch.js";

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
