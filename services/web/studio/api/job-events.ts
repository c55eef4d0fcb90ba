/**
 * The events of a job as they happen, over broken connections and restarted servers. They are read
 * with `fetch` and not with EventSource, which shows no status and gives up on one.
 */
import { EventSourceParserStream } from "eventsource-parser/stream";
import type { JobEventJson, JobStateJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { callApi, ProblemError } from "./http.js";

/** Three heartbeats of the API: a connection that is silent for longer is dead. */
const SILENCE_MS = 45_000;
const NO_CONTENT = 204;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** Answers that another try can change: too many requests, and servers that are away. */
const PASSING: ReadonlySet<number> = new Set([0, 408, 429, 500, 502, 503, 504]);
const ENDED: ReadonlySet<JobStateJson> = new Set<JobStateJson>([
  "JOB_STATE_SUCCEEDED",
  "JOB_STATE_FAILED",
  "JOB_STATE_CANCELLED",
  "JOB_STATE_EXPIRED",
]);

export function hasEnded(state: JobStateJson | undefined): boolean {
  return state !== undefined && ENDED.has(state);
}

export interface FollowOptions {
  /** The last entry of the history that is known; 0 begins at the start. */
  readonly afterEvent?: number;
  readonly signal: AbortSignal;
  /** Told when the connection is lost (false), and when the first event after that arrives. */
  readonly onConnection?: (isConnected: boolean) => void;
  /** What tests put in place of the network and the clock. */
  readonly open?: typeof openEvents;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Each entry of the job's history once and in order, and progress in between, until the job has
 * ended. A lost connection is made again, at first after half a second, then ever more slowly.
 * Throws ProblemError for an answer that another try does not change, and the signal's reason.
 */
export async function* followJob(
  job: string,
  options: FollowOptions,
): AsyncGenerator<JobEventJson> {
  const { signal, onConnection, open = openEvents, wait = sleep } = options;
  let known = options.afterEvent ?? 0;
  let waitMs = FIRST_WAIT_MS;
  let isLost = false;
  for (;;) {
    signal.throwIfAborted();
    try {
      const response = await open(job, known, signal);
      // The job has ended, and all of its history is known.
      if (response.status === NO_CONTENT) return;
      for await (const event of eventsIn(response, signal)) {
        waitMs = FIRST_WAIT_MS;
        if (isLost) onConnection?.(true);
        isLost = false;
        // A server that forgets what was sent must not make the history run backwards.
        if (event.stateChange && (event.number ?? 0) <= known) continue;
        known = Math.max(known, event.number ?? 0);
        yield event;
        if (hasEnded(event.stateChange?.state)) return;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ProblemError && !PASSING.has(error.problem.status)) throw error;
    }
    if (!isLost) onConnection?.(false);
    isLost = true;
    // Not all pages that a restarted server has lost should come back in the same moment.
    await wait(waitMs * (0.75 + Math.random() / 2), signal);
    waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
  }
}

function openEvents(job: string, afterEvent: number, signal: AbortSignal): Promise<Response> {
  return callApi(`v1/jobs/${encodeURIComponent(job)}/events`, {
    signal,
    headers: { accept: "text/event-stream", "last-event-id": String(afterEvent) },
  });
}

/** Ends with the response, and after a long silence. Throws what reading throws. */
async function* eventsIn(response: Response, signal: AbortSignal): AsyncGenerator<JobEventJson> {
  if (!response.body) return;
  const reader = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  const stop = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      const silence = setTimeout(stop, SILENCE_MS);
      const { done, value } = await reader.read().finally(() => clearTimeout(silence));
      if (done) return;
      const isEvent = value.event !== undefined && EVENT_KINDS.has(value.event);
      if (isEvent) yield JSON.parse(value.data) as JobEventJson;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

const EVENT_KINDS: ReadonlySet<string> = new Set(["stateChange", "progress", "heartbeat"]);

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    }
  });
}
