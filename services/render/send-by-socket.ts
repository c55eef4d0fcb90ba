/**
 * Sends the frames of a pull by a socket. The call carries a small message for each frame, so that
 * the reader knows how many came: whoever reads the socket takes any end of it for the end of the
 * clip.
 */
import { pause } from "../../kit/async/delay.js";
import { stallError } from "../../kit/async/stall-watch.js";
import { failpoint } from "../../kit/process/failpoint.js";
import type { OneReaderSocket } from "../../kit/process/one-reader-socket.js";
import { increment } from "../../kit/telemetry/metrics.js";
import type { ReadFramesResponse } from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import type { Sending } from "./read-frames.js";

/** Time between two messages which say that nobody reads. */
const WAIT_MESSAGE_MS = 250;

/**
 * Ends with the message FramesEnd, also if the reader closes the socket early. Throws STAGE_STALLED
 * when nobody connects within `connectMs`. A reader that has connected may take its time: it is
 * told how long it is waited for, and knows whether it works.
 */
export async function* sendBySocket(
  { job, served, signal }: Sending,
  socket: OneReaderSocket,
  connectMs: number,
): AsyncGenerator<ReadFramesResponse> {
  const { scene, path, firstFrame, report } = served;
  let frames = 0;
  for await (const { frame, bytes } of scene.frames(path, signal, firstFrame)) {
    if (!(yield* waitsUntilWritten(socket, bytes, connectMs))) break;
    frames += 1;
    increment("depthmesh.render.frames", {});
    failpoint("during-frame-streaming", job);
    yield { kind: { $case: "sent", value: { frame } } };
    report(frames / path.length);
  }
  signal.throwIfAborted();
  socket.end();
  yield { kind: { $case: "end", value: { frames } } };
}

/** False when the reader has left. */
async function* waitsUntilWritten(
  socket: OneReaderSocket,
  bytes: Uint8Array,
  connectMs: number,
): AsyncGenerator<ReadFramesResponse, boolean> {
  const writing = socket.write(bytes);
  let isWritten = false;
  try {
    for (let waitedMs = 0; !(await endsWithin(writing, WAIT_MESSAGE_MS)); ) {
      waitedMs += WAIT_MESSAGE_MS;
      if (!socket.isConnected && waitedMs >= connectMs) {
        throw stallError("the reader of the frames", connectMs);
      }
      yield { kind: { $case: "wait", value: { waitedMs } } };
    }
    isWritten = true;
    return await writing;
  } finally {
    // Left in the middle: the frame's memory may soon hold another job's picture.
    if (!isWritten) socket.close();
  }
}

async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const over = new AbortController();
  const ended = work.then(() => true);
  try {
    return await Promise.race([ended, pause(ms, over.signal).then(() => false)]);
  } finally {
    over.abort();
  }
}
