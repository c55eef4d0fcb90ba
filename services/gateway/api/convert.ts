/** Convert: a photo in and its video out in one call, the fragments while the others are still rendered. */
import type { DepthOutput } from "../../../core/spec/stage-output.js";
import { merge } from "../../../kit/async/merge.js";
import { collect } from "../../../kit/rpc/chunks.js";
import { cancelJob } from "../../../pipeline/record/cancel.js";
import { isTerminal } from "../../../pipeline/record/record.js";
import { waitForRecord } from "../../../pipeline/record/store.js";
import type {
  ConvertRequest,
  ConvertResponse,
} from "../../../proto/gen/depthmesh/v1/convert_service.js";
import type { CreateJobRequest } from "../../../proto/gen/depthmesh/v1/job_service.js";
import { SegmentKind } from "../../../proto/gen/depthmesh/v1/segment.js";
import type { GatewayContext } from "../context.js";
import type { CreateJob } from "../upload/create-job.js";
import { type FollowEvent, followFragments } from "./follow-fragments.js";
import { assertSucceeded, presentJob } from "./jobs.js";
import { watchJob } from "./watch-job.js";

type Responses = AsyncGenerator<ConvertResponse>;

/** `createJob` takes the upload, with all its checks. A call that ends before the summary cancels the job. */
export async function* convert(
  context: GatewayContext,
  createJob: CreateJob,
  requests: AsyncIterable<ConvertRequest>,
  callSignal: AbortSignal,
): Responses {
  let validateOnly = false;
  async function* upload(): AsyncGenerator<CreateJobRequest> {
    for await (const request of requests) {
      if (request.kind?.$case === "header") validateOnly = request.kind.value.validateOnly;
      yield request;
    }
  }
  const job = await createJob(upload(), { signal: callSignal });
  const id = job.name.slice("jobs/".length);
  const stop = new AbortController();
  const signal = AbortSignal.any([callSignal, context.draining, stop.signal]);
  let whole = validateOnly;
  try {
    // A client that has gone by now is told of here, and ends the generator.
    yield { kind: { $case: "job", value: job } };
    if (validateOnly) return;
    yield* merge(
      progressOf(context, id, signal),
      thumbnailOf(context, id, signal),
      fragmentsOf(context, id, signal),
    );
    const record = await waitForRecord(context.store, id, signal, isTerminal);
    whole = true;
    assertSucceeded(record);
    yield { kind: { $case: "summary", value: await presentJob(context, record) } };
  } finally {
    stop.abort();
    // A gateway that goes takes no job with it.
    if (!whole && !context.draining.aborted) {
      await cancelJob(context.bus, context.store, id).catch((error) =>
        context.log.info({ err: error, job: id }, "not cancelled"),
      );
    }
  }
}

async function* progressOf(context: GatewayContext, id: string, signal: AbortSignal): Responses {
  for await (const { kind } of watchJob(context, id, 0, signal)) {
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
  const { sha256, width, height } = (stages.depth.output as unknown as DepthOutput).thumbnail;
  const data = Buffer.from(await collect(context.blobs.read(sha256)));
  const value = { mediaType: "image/png", width, height, data };
  yield { kind: { $case: "depthThumbnail", value } };
}

async function* fragmentsOf(context: GatewayContext, id: string, signal: AbortSignal): Responses {
  for await (const event of followFragments(context, id, signal)) {
    const response = toResponse(event);
    if (response) yield response;
  }
}

function toResponse(event: FollowEvent): ConvertResponse | undefined {
  switch (event.kind) {
    case "attempt":
      return { kind: { $case: "streamStart", value: { attempt: event.attempt } } };
    case "segment": {
      const isInit = event.segment.kind === "init";
      const kind = isInit ? SegmentKind.SEGMENT_KIND_INIT : SegmentKind.SEGMENT_KIND_FRAGMENT;
      return { kind: { $case: "segment", value: { ...event.segment, kind } } };
    }
    case "chunk":
      return { kind: { $case: "chunk", value: event.bytes } };
    case "ended":
      return undefined;
  }
}
