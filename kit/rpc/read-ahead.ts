/**
 * How many messages of a call wait in memory for its handler. Node reads sixteen objects ahead and
 * has no public way to change that for a stream that somebody else has made; a test fails if an
 * update takes this one away.
 */
import type { Readable } from "node:stream";

/** The name of Node's private part of a readable stream. */
const STATE = "_readableState";

/** From now on at most `messages` wait; the caller cannot send more until they are taken. */
export function limitReadAhead(call: Readable, messages: number): void {
  const state: unknown = Reflect.get(call, STATE);
  if (typeof state !== "object" || state === null || !("highWaterMark" in state)) {
    throw new Error("this version of Node hides how far a stream reads ahead");
  }
  state.highWaterMark = messages;
}
