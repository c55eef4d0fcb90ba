/** The video of a job while it is encoded, over broken connections and attempts. */
import { DepthmeshError } from "../core/errors.js";
import { Patience, type PatienceOptions } from "../kit/rpc/patience.js";
import type { DepthmeshClient } from "./client.js";

/**
 * `start`: bytes of another attempt of the encode follow, and those before, if any, are void: empty
 * the file or the player's buffer.
 */
export type LivePart =
  | { readonly kind: "start"; readonly attempt: string }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array };

/**
 * The first MP4 output of a job (`jobs/<id>`) as it is made, to its end. A connection that breaks
 * goes on at the byte where it broke. Throws DepthmeshError, such as JOB_NOT_READY for a job that
 * ended without one.
 */
export async function* followLive(
  client: Pick<DepthmeshClient, "followFragments">,
  job: string,
  options: PatienceOptions = {},
): AsyncGenerator<LivePart> {
  const patience = new Patience(options);
  let attempt = "";
  let offset = 0;
  for (;;) {
    try {
      const followed = await client.followFragments(job, { offset, attempt }, options.signal);
      patience.answered();
      if (followed.attempt !== attempt) {
        ({ attempt } = followed);
        offset = 0;
        yield { kind: "start", attempt };
      }
      for await (const bytes of followed.chunks) {
        patience.answered();
        offset += bytes.length;
        yield { kind: "bytes", bytes };
      }
      return;
    } catch (error) {
      if (!(error instanceof DepthmeshError)) throw error;
      if (error.reason !== "STREAM_RESTARTED") await patience.after(error);
      else {
        attempt = "";
        offset = 0;
      }
    }
  }
}
