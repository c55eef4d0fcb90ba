/** FollowJob: the fragments of a job that this process encodes, from the first one on. */
import { DepthmeshError } from "../../../core/errors.js";
import { jobNotFound, parseJobName } from "../../../pipeline/record/id.js";
import type { JobStore } from "../../../pipeline/record/store.js";
import type {
  EncodeSummary,
  FollowJobRequest,
  FollowJobResponse,
} from "../../../proto/gen/depthmesh/stage/v1/encode_service.js";
import { toWireSegmentEvent } from "../../../wire/segment.js";
import type { LiveEncodes } from "./live-encodes.js";
import type { SegmentStore } from "./segment-store.js";

export interface FollowParts {
  readonly store: JobStore;
  readonly worker: string;
  readonly live: LiveEncodes;
  /**
   * Longest time between the lease in the record and the start of the encode. After it, the encode
   * never starts.
   */
  readonly beginWithinMs: number;
}

export async function* followJob(
  parts: FollowParts,
  { name }: FollowJobRequest,
  signal: AbortSignal,
): AsyncGenerator<FollowJobResponse> {
  const segments = await attemptOf(parts, parseJobName(name), signal);
  yield { kind: { $case: "start", value: { attempt: segments.attempt } } };
  for await (const event of segments.follow(signal)) yield { kind: toWireSegmentEvent(event) };
  yield { kind: { $case: "summary", value: summaryOf(segments) } };
}

async function attemptOf(
  { live, store, worker, beginWithinMs }: FollowParts,
  job: string,
  signal: AbortSignal,
): Promise<SegmentStore> {
  const running = live.find(job);
  if (running) return running;
  const current = await store.read(job);
  if (!current) throw jobNotFound(job);
  const { state, stages } = current.record;
  if (stages.encode.lease?.worker === worker) {
    const soon = AbortSignal.any([signal, AbortSignal.timeout(beginWithinMs)]);
    const begun = await live.waitFor(job, soon);
    if (begun) return begun;
  }
  signal.throwIfAborted();
  throw new DepthmeshError("JOB_NOT_READY", "this process does not encode the job", {
    metadata: { state },
  });
}

export function summaryOf({ frames, fragments, sizeBytes }: SegmentStore): EncodeSummary {
  return { frames, fragments, sizeBytes };
}
