/**
 * What a renderer tells while another process reads the frames from its socket. Only this says
 * whether all of them came: who reads the socket takes any end of it for the end of the clip.
 */
import type { ReadFramesResponse } from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import { sourceLost } from "./source-lost.js";

export type Delivery =
  /** This many frames are in the socket, or read. */
  | { readonly kind: "sent"; readonly frames: number }
  /** Nobody has taken a byte for this long. */
  | { readonly kind: "waiting"; readonly waitedMs: number }
  /** The reader has closed the socket after this many frames; nothing follows. */
  | { readonly kind: "left"; readonly frames: number };

/**
 * Ends after the last of `frames` frames, or after "left". Throws FRAME_SOURCE_LOST when the call
 * ends before that, or says what cannot be.
 */
export async function* deliveriesOf(
  frames: number,
  responses: AsyncIterable<ReadFramesResponse>,
): AsyncGenerator<Delivery> {
  let sent = 0;
  for await (const { kind } of responses) {
    switch (kind?.$case) {
      case "sent":
        if (kind.value.frame !== sent || sent === frames) throw sourceLost("frames out of order");
        sent += 1;
        yield { kind: "sent", frames: sent };
        break;
      case "wait":
        yield { kind: "waiting", waitedMs: kind.value.waitedMs };
        break;
      case "end":
        if (kind.value.frames !== sent)
          throw sourceLost(`it counts ${kind.value.frames}, not ${sent}`);
        if (sent < frames) yield { kind: "left", frames: sent };
        return;
      default:
        throw sourceLost("a message that does not belong to a socket");
    }
  }
  throw sourceLost(`the call ended after ${sent} of ${frames} frames`);
}
