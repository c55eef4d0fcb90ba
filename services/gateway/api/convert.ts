/**
 * Convert: one bidirectional call that receives a photo and sends its video while it is still
 * rendered. It creates a job like CreateJob, then merges the job's progress, depth thumbnail and
 * video fragments.
 */

import { depthOutputOf } from "../../../core/spec/stage-output.js";
import { merge } from "../../../kit/async/merge.js";
import type { CallContext } from "../../../kit/rpc/call.js";
import { collect } from "../../../kit/rpc/chunks.js";
import type { Identity } from "../../../kit/rpc/identity.js";
import { leaveCall } from "../../../pipeline/record/calls.js";
import { newId, parseJobName } from "../../../pipeline/record/id.js";
import { isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import { updateRecord, waitForRecord } from "../../../pipeline/record/store.js";
import { cancelSubject } from "../../../pipeline/topology/names.js";
import type {
  ConvertRequest,
  ConvertResponse,
} from "../../../proto/gen/depthmesh/v1/convert_service.js";
import type { CreateJobRequest } from "../../../proto/gen/depthmesh/v1/job_service.js";
import { toWireSegmentEvent } from "../../../wire/segment.js";
import type { GatewayContext } from "../context.js";
import { untilDrain } from "../until-drain.js";
import type { CreateJob } from "../upload/create-job.js";
import { followFragments } from "./follow-fragments.js";
import { assertSucceeded, presentJob } from "./jobs.js";
import { watchJob } from "./watch-job.js";

type Responses = AsyncGenerator<ConvertResponse>;

/**
 * `createJob` receives the upload and checks it. A call that the client ends before the summary
 * leaves the job: see pipeline/record/calls.ts. Throws the errors of CreateJob and the job's own
 * error.
 */
export async function* convert(
  context: GatewayContext,
  createJob: CreateJob,
  requests: AsyncIterable<ConvertRequest>,
  caller: CallContext,
): Responses {
  const { signal: callSignal, identity } = caller;
  let validateOnly = false;
  async function* upload(): AsyncGenerator<CreateJobRequest> {
    for await (const request of requests) {
      if (request.kind?.$case === "header") validateOnly = request.kind.value.validateOnly;
      yield request;
    }
  }
  const call = newId();
  const job = await createJob(upload(), { ...caller, convert: call });
  if (validateOnly) {
    yield { kind: { $case: "job", value: job } };
    return;
  }
  const id = parseJobName(job.name);
  const stop = new AbortController();
  let isComplete = false;
  try {
    // If the client has gone by now, this `yield` returns and the job is cancelled below.
    yield { kind: { $case: "job", value: job } };
    const record = yield* untilDrain(context, job.name, callSignal, (call) =>
      followed(context, id, identity, AbortSignal.any([call, stop.signal])),
    );
    isComplete = true;
    assertSucceeded(record);
    yield { kind: { $case: "summary", value: await presentJob(context, record) } };
  } finally {
    stop.abort();
    // A gateway that shuts down does not cancel the jobs of its calls: they continue without it.
    if (!isComplete && !context.draining.aborted) {
      await leaveJob(context, id, call).catch((error) =>
        context.log.info({ err: error, job: id }, "an ended Convert call has not left its job"),
      );
    }
  }
}

/** Cancels the job if it was made for this call, and no other caller waits for it. */
async function leaveJob({ bus, store }: GatewayContext, id: string, call: string): Promise<void> {
  const { record, changed } = await updateRecord(store, id, (current) =>
    leaveCall(current, call, Date.now()),
  );
  if (changed && isTerminal(record)) bus.connection.publish(cancelSubject(id));
}

/** Everything about the job while it runs; returns its record when it has ended. */
async function* followed(
  context: GatewayContext,
  id: string,
  identity: Identity,
  signal: AbortSignal,
): AsyncGenerator<ConvertResponse, JobRecord> {
  yield* merge(
    progressOf(context, `jobs/${id}`, identity, signal),
    thumbnailOf(context, id, signal),
    fragmentsOf(context, id, signal),
  );
  return waitForRecord(context.store, id, signal, isTerminal);
}

async function* progressOf(
  context: GatewayContext,
  name: string,
  identity: Identity,
  signal: AbortSignal,
): Responses {
  for await (const { kind } of watchJob(context, { name, afterEvent: 0 }, identity, signal)) {
    if (kind?.$case === "progress") yield { kind };
  }
}

async function* thumbnailOf(context: GatewayContext, id: string, signal: AbortSignal): Responses {
  const { stages } = await waitForRecord(
    context.store,
    id,
    signal,
    (record) => record.stages.depth.done || isTerminal(record),
  );
  if (!stages.depth.done) return;
  const { sha256, width, height } = depthOutputOf(stages.depth.output).thumbnail;
  const data = await collect(context.blobs.read(sha256));
  const value = { mediaType: "image/png", width, height, data };
  yield { kind: { $case: "depthThumbnail", value } };
}

async function* fragmentsOf(context: GatewayContext, id: string, signal: AbortSignal): Responses {
  for await (const event of followFragments(context, id, signal)) {
    switch (event.kind) {
      case "attempt":
        yield { kind: { $case: "streamStart", value: { attempt: event.attempt } } };
        break;
      case "segment":
        yield { kind: toWireSegmentEvent({ segment: event.segment }) };
        break;
      case "chunk":
        yield { kind: toWireSegmentEvent({ chunk: event.bytes }) };
    }
  }
}
