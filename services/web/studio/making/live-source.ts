/**
 * The bytes of a video while it is encoded, over broken connections and from one attempt of the
 * encoder to the next. Bytes of two attempts are never joined.
 */
import { callApi, ProblemError } from "../api/http.js";

export type LivePart =
  /** Bytes of another attempt begin: everything before is void. */
  | { readonly kind: "attempt"; readonly attempt: string }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array };

export interface LiveOptions {
  readonly signal: AbortSignal;
  /** Asked after each broken connection: whether the job may still give bytes. */
  readonly mayContinue: () => boolean;
  /** What tests put in place of the network and the clock. */
  readonly open?: typeof openFragments;
  readonly wait?: (ms: number) => Promise<void>;
}

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;
const ATTEMPT_HEADER = "depthmesh-attempt";
/** The job has no MP4 that could be followed, or is gone. */
const FINAL: ReadonlySet<number> = new Set([400, 401, 403, 404, 410, 501]);

/**
 * Ends when the server has sent everything. A connection that breaks within the same attempt goes
 * on where it was: the bytes that are known are left out. Throws ProblemError where the video
 * cannot be followed, and the signal's reason.
 */
export async function* followVideo(job: string, options: LiveOptions): AsyncGenerator<LivePart> {
  const { signal, mayContinue, open = openFragments, wait = pause } = options;
  let attempt: string | undefined;
  let received = 0;
  let waitMs = FIRST_WAIT_MS;
  for (;;) {
    try {
      const response = await open(job, signal);
      const name = response.headers.get(ATTEMPT_HEADER) ?? "";
      // Without a name one cannot know that the bytes are the same.
      if (name === "" || name !== attempt) {
        attempt = name;
        received = 0;
        yield { kind: "attempt", attempt };
      }
      let offset = 0;
      for await (const bytes of chunksOf(response, signal)) {
        const fresh = bytes.subarray(Math.min(bytes.length, Math.max(0, received - offset)));
        offset += bytes.length;
        received = Math.max(received, offset);
        waitMs = FIRST_WAIT_MS;
        if (fresh.length > 0) yield { kind: "bytes", bytes: fresh };
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ProblemError && FINAL.has(error.problem.status)) throw error;
      if (!mayContinue()) throw error;
    }
    await wait(waitMs);
    waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
  }
}

function openFragments(job: string, signal: AbortSignal): Promise<Response> {
  return callApi(`v1/jobs/${encodeURIComponent(job)}/artifacts/fragments.mp4?follow`, { signal });
}

async function* chunksOf(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      yield value;
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
