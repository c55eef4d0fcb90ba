/** The thread that owns GL, seen from the main thread. */
import { DepthmeshError } from "../../core/errors.js";
import { ThreadClient } from "../../kit/process/thread-client.js";
import type { GlLimits } from "./gl/driver.js";
import type { GlCalls } from "./gl/protocol.js";

/** A context takes a fraction of a second to make; a driver that hangs never answers. */
const START_BUDGET_MS = 30_000;

export type GlThread = ThreadClient<GlCalls>;

/**
 * Starts the thread and waits for its context. Rejects with RENDERER_LOST; `onLost` is called for
 * what happens later. Requests reject with RENDERER_LOST or GPU_OUT_OF_MEMORY.
 */
export async function startGlThread(
  onLost: (why: Error) => void,
): Promise<{ thread: GlThread; limits: GlLimits }> {
  let started = false;
  const thread: GlThread = new ThreadClient(new URL("./gl/thread.js", import.meta.url), {
    name: "the GL thread",
    onLost: (why) => {
      if (started) onLost(why);
    },
    lossError: (why) => new DepthmeshError("RENDERER_LOST", why.message, { cause: why }),
  });
  const limits = await thread.ask("limits", undefined, { budgetMs: START_BUDGET_MS });
  started = true;
  return { thread, limits };
}
