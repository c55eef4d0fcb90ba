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

/** Bytes of another attempt are asked for than the one that is encoded now. */
const RESTARTED = "STREAM_RESTARTED";

/** Where to go on. */
export interface LivePosition {
  /** Empty at the beginning. */
  readonly attempt: string;
  readonly offset: number;
}

const BEGINNING: LivePosition = { attempt: "", offset: 0 };

/**
 * Ends when the server has sent everything. A connection that breaks within the same attempt goes
 * on where it was. Throws ProblemError where the video cannot be followed, and the signal's reason.
 */
export async function* followVideo(job: string, options: LiveOptions): AsyncGenerator<LivePart> {
  const { signal, mayContinue, open = openFragments, wait = pause } = options;
  let position = BEGINNING;
  let waitMs = FIRST_WAIT_MS;
  for (;;) {
    try {
      const response = await open(job, position, signal);
      const attempt = response.headers.get(ATTEMPT_HEADER) ?? "";
      if (position.offset === 0 || attempt !== position.attempt) {
        position = { attempt, offset: 0 };
        yield { kind: "attempt", attempt };
      }
      for await (const bytes of chunksOf(response, signal)) {
        position = { attempt, offset: position.offset + bytes.length };
        waitMs = FIRST_WAIT_MS;
        yield { kind: "bytes", bytes };
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      const isRestarted = error instanceof ProblemError && error.problem.reason === RESTARTED;
      if (isRestarted) position = BEGINNING;
      if (error instanceof ProblemError && FINAL.has(error.problem.status)) throw error;
      if (!isRestarted && !mayContinue()) throw error;
    }
    await wait(waitMs);
    waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
  }
}

function openFragments(
  job: string,
  { attempt, offset }: LivePosition,
  signal: AbortSignal,
): Promise<Response> {
  const from = offset > 0 ? `&offset=${offset}&attempt=${encodeURIComponent(attempt)}` : "";
  return callApi(`/v1/jobs/${job}/artifacts/fragments.mp4?follow${from}`, { signal });
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
