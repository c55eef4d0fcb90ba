/** The content of a bucket in memory, kept up to date by a watch. */
import type { KvEntry } from "nats";
import { type KvWatchOptions, watchKv } from "./kv-watch.js";

/** What an index in memory does with a bucket that it follows. */
export interface KvFollower {
  /** Takes an entry that exists, or a change. */
  take(entry: KvEntry): void;
  /** Called after a while without NATS, when what exists has been taken once more. */
  onReturn?(): Promise<void>;
}

/**
 * Follows a bucket as `watchKv` yields it, until the signal fires. Resolves when the existing
 * entries have been taken, and then goes on in the background.
 */
export async function followKv(
  options: KvWatchOptions,
  signal: AbortSignal,
  follower: KvFollower,
): Promise<void> {
  const changes = watchKv({ ...options, tellsVanished: true }, signal);
  for (;;) {
    const { value, done } = await changes.next();
    if (done || value.kind === "current") break;
    follower.take(value.entry);
  }
  const goOn = async () => {
    for await (const change of changes) {
      if (change.kind === "entry") follower.take(change.entry);
      else await follower.onReturn?.();
    }
  };
  void goOn();
}
