/** `GET /v1/jobs/{job}/events`: what happens to a job, as server-sent events. */
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Job, JobState } from "../../../proto/gen/depthmesh/v1/job.js";
import { GetJobRequest } from "../../../proto/gen/depthmesh/v1/job_service.js";
import { eventText, retryText } from "../events/event-stream.js";
import { watchJob } from "../events/watch-job.js";
import { withComments } from "../events/with-comments.js";
import { methodOf } from "../json/descriptors.js";
import type { Caller, GatewayClient } from "../upstream/gateway-client.js";
import { callerOf } from "./caller.js";
import { goneSignal } from "./client-gone.js";
import { jobName } from "./names.js";
import { count } from "./query.js";
import { quotaHeaders } from "./quota-headers.js";

const GET_JOB = methodOf("JobService.GetJob");

const NO_CONTENT = 204;
const RETRY_MS = 1_000;
/** Shorter than the time after which usual proxies close a connection without bytes. */
const QUIET_MS = 10_000;
const LARGEST_NUMBER = 2 ** 31 - 1;

const ENDED: ReadonlySet<JobState> = new Set<JobState>([
  JobState.JOB_STATE_SUCCEEDED,
  JobState.JOB_STATE_FAILED,
  JobState.JOB_STATE_CANCELLED,
  JobState.JOB_STATE_EXPIRED,
]);

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  // Nobody on the way may hold events back, to gather or to compress them.
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};

export async function addJobEventRoute(
  app: FastifyInstance,
  { gateway, closing }: { readonly gateway: GatewayClient; readonly closing: AbortSignal },
): Promise<void> {
  app.get("/v1/jobs/:job/events", { exposeHeadRoute: false }, async (request, reply) => {
    const name = jobName(request.params);
    const ends = { signal: goneSignal(reply, closing), onTrailers: quotaHeaders(reply) };
    const caller = { ...callerOf(request), ...ends };
    const { state, lastEvent } = await jobOf(gateway, name, caller);
    const { after, isReturning } = lastSeen(request);
    // So a reader that comes back by itself is told that nothing more will come.
    if (isReturning && ENDED.has(state) && after >= lastEvent)
      return reply.status(NO_CONTENT).send();
    reply.headers(HEADERS);
    const texts = withComments(textsOf(gateway, name, after, caller), QUIET_MS);
    return reply.send(Readable.from(texts, { objectMode: false, highWaterMark: 1 }));
  });
}

/** Throws JOB_NOT_FOUND, before the stream has begun. */
async function jobOf(gateway: GatewayClient, name: string, caller: Caller): Promise<Job> {
  const request = GetJobRequest.encode({ name }).finish();
  return Job.decode(await gateway.unary(GET_JOB, request, caller));
}

/** Where a reader goes on. The header is what a browser sends by itself, and so the newer one. */
function lastSeen({ headers, query }: FastifyRequest): { after: number; isReturning: boolean } {
  const header = headers["last-event-id"];
  if (header === undefined || header === "") {
    return { after: count(query, "afterEvent", LARGEST_NUMBER) ?? 0, isReturning: false };
  }
  const after = count({ "last-event-id": header }, "last-event-id", LARGEST_NUMBER) ?? 0;
  return { after, isReturning: true };
}

/**
 * Ends without an event `end` when this process stops, when the gateway stays away and when the job
 * is removed: the reader comes back, and is then told why.
 */
async function* textsOf(
  gateway: GatewayClient,
  name: string,
  after: number,
  caller: Caller,
): AsyncGenerator<string> {
  yield retryText(RETRY_MS);
  try {
    for await (const event of watchJob(gateway, name, after, caller)) yield eventText(event);
  } catch {
    // The answer's status has been sent, so the next request tells the reason.
  }
}
