/** From an upload to an accepted job: check everything, store, write the record, publish the first order. */

import { DepthmeshError } from "../../core/errors.js";
import { containerRow } from "../../core/output/containers.js";
import type { OutputSpec } from "../../core/output/spec.js";
import { DEFAULT_PHOTO_LIMITS } from "../../core/photo/limits.js";
import { receivePhoto } from "../../core/photo/receive.js";
import { lastStageOf } from "../../core/spec/last-stage.js";
import { checkPixelFrames } from "../../core/spec/pixel-frames.js";
import { resolveSpec } from "../../core/spec/resolve-spec.js";
import type { JobSpec } from "../../core/spec/spec.js";
import { Semaphore } from "../../kit/async/semaphore.js";
import { TimeBudget } from "../../kit/nats/time-budget.js";
import { failpoint } from "../../kit/process/failpoint.js";
import type { CallContext } from "../../kit/rpc/call.js";
import { chunksOf } from "../../kit/rpc/chunks.js";
import { inTime } from "../../kit/rpc/time-limits.js";
import { activeTraceId, inSpan, SpanKind } from "../../kit/telemetry/tracing.js";
import { DEFAULT_TENANT } from "../../pipeline/nats/subjects.js";
import { newId } from "../../pipeline/record/id.js";
import { newRecord } from "../../pipeline/record/record.js";
import type { Job } from "../../proto/gen/depthmesh/v1/job.js";
import type {
  CreateJobHeader,
  CreateJobRequest,
} from "../../proto/gen/depthmesh/v1/job_service.js";
import { JobSpec as WireSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import { toWireJob } from "../../wire/job.js";
import { fromWireSpec } from "../../wire/spec.js";
import type { GatewayContext } from "./context.js";
import { readDeadline, refusePassed } from "./deadline.js";
import { checkEncodable } from "./encoders.js";
import { BUS_BUDGET_MS, publishFirstOrder, recordOfEqualCall } from "./first-order.js";
import { assertFreeSpace } from "./free-space.js";
import { claimRequest, clientRequest, contentHash, refuseGone } from "./request-ids.js";
import { receiveMap } from "./upload-map.js";
import { UploadMessages } from "./upload-messages.js";
import { receiveSound } from "./upload-sound.js";

export type CreateJob = (
  requests: AsyncIterable<CreateJobRequest>,
  call: Pick<CallContext, "signal">,
) => Promise<Job>;

export function jobCreator(context: GatewayContext): CreateJob {
  const { maxUploadBytes, maxSoundBytes, maxPixels, maxFrames, maxPixelFrames } = context.config;
  const { maxUploads, maxWaitingUploads, blobFolder, minFreeMib } = context.config;
  const { uploadIdleMs: idleMs, uploadTotalMs: totalMs } = context.config;
  const limits = { ...DEFAULT_PHOTO_LIMITS, maxBytes: maxUploadBytes, maxPixels };
  const semaphore = new Semaphore("uploads", { running: maxUploads, waiting: maxWaitingUploads });

  return (requests, { signal }) =>
    semaphore.pass(
      () =>
        inSpan("upload", { kind: SpanKind.SERVER }, async (span) => {
          await assertFreeSpace(blobFolder, minFreeMib);
          const messages = new UploadMessages(inTime(requests, { idleMs, totalMs }));
          const header = await messages.header();
          // Before the upload is read: there is nowhere to write it down. Looking at it alone needs no bus.
          if (!header.validateOnly) context.bus.connectionState.assertUp();
          const deadlineAtMs = readDeadline(header.spec?.deadline);
          // A request that comes again may be of a job that was in time.
          if (header.requestId === "") refusePassed(deadlineAtMs, Date.now());
          const request = fromWireSpec(header.spec ?? WireSpec.fromPartial({}));
          const models = await context.models.namesFor(request.model ?? "");
          const spec = resolveSpec(request, { models, maxFrames });
          checkEncodable(spec.outputs, context.encoders.live);
          if (header.hasSound) checkHeard(spec.outputs);
          const { bytes: photo, size } = await receivePhoto(messages.chunks("chunk"), limits);
          checkPixelFrames(spec, size, maxPixelFrames);
          const { map } = spec.depth;
          const depthMap = map && (await receiveMap(messages.chunks("depthChunk"), map, limits));
          const sound = header.hasSound
            ? await receiveSound(messages.chunks("soundChunk"), maxSoundBytes)
            : undefined;
          await messages.end();
          const upload = { photo, depthMap, sound: sound?.bytes };
          span.setAttribute("depthmesh.upload_bytes", bytesOf(upload));
          const withSound = sound ? { ...spec, sound: sound.spec } : spec;
          const job = await acceptJob(context, header, { spec: withSound, deadlineAtMs }, upload);
          span.setAttribute("depthmesh.job", job.name);
          return job;
        }),
      signal,
    );
}

/** Files whose structure is whole. */
interface Upload {
  readonly photo: Uint8Array;
  readonly depthMap: Uint8Array | undefined;
  readonly sound: Uint8Array | undefined;
}

/** What is to be made, and until when it is of use. */
interface JobRequest {
  readonly spec: JobSpec;
  readonly deadlineAtMs: number | null;
}

function bytesOf({ photo, depthMap, sound }: Upload): number {
  return photo.length + (depthMap?.length ?? 0) + (sound?.length ?? 0);
}

/** Throws PARAMETER_CONFLICT for a sound that nothing would hold. */
function checkHeard(outputs: readonly OutputSpec[]): void {
  if (outputs.some(({ container }) => containerRow(container).sound !== undefined)) return;
  throw new DepthmeshError("PARAMETER_CONFLICT", "no output of this job holds sound", {
    metadata: { field: "has_sound" },
  });
}

async function acceptJob(
  context: GatewayContext,
  header: CreateJobHeader,
  { spec, deadlineAtMs }: JobRequest,
  { photo, depthMap, sound }: Upload,
): Promise<Job> {
  const { blobs, store, buckets } = context;
  const specJson = Buffer.from(JSON.stringify(spec));
  const draft = {
    id: newId(),
    tenant: DEFAULT_TENANT,
    lane: spec.priority,
    lastStage: lastStageOf(spec),
    traceId: activeTraceId(),
    nowMs: Date.now(),
    deadlineAtMs,
  };
  if (header.validateOnly) {
    refusePassed(deadlineAtMs, draft.nowMs);
    return toWireJob(newRecord({ ...draft, specBlob: "", photoBlob: "" }), spec);
  }
  // It may have gone since the header came.
  context.bus.connectionState.assertUp();
  const budget = new TimeBudget(BUS_BUDGET_MS);
  const equalCall = () => budget.wait(() => recordOfEqualCall(store, draft.id));
  if (header.requestId !== "") {
    // The spec names the sound by its hash.
    const request = JSON.stringify({ deadlineAtMs, hasMap: depthMap !== undefined });
    const content = contentHash("create", specJson, request, photo, depthMap ?? "");
    const key = clientRequest(header.requestId);
    const { id } = draft;
    draft.id = await budget.wait(() => claimRequest(buckets.requests, key, content, id));
    const isKnown = await budget.wait(() => store.read(draft.id));
    if (isKnown) return toWireJob(await equalCall(), spec);
    if (draft.id !== id) await budget.wait(() => refuseGone(context, draft));
    refusePassed(deadlineAtMs, draft.nowMs);
  }
  const [specBlob, photoBlob, depthMapBlob, soundBlob] = await Promise.all([
    blobs.write([specJson]),
    blobs.write(chunksOf(photo)),
    depthMap && blobs.write(chunksOf(depthMap)),
    sound && blobs.write(chunksOf(sound)),
  ]);
  const record = newRecord({
    ...draft,
    specBlob: specBlob.sha256,
    photoBlob: photoBlob.sha256,
    ...(depthMapBlob && { depthMapBlob: depthMapBlob.sha256 }),
    ...(soundBlob && { soundBlob: soundBlob.sha256 }),
  });
  if (!(await budget.wait(() => store.create(record)))) {
    return toWireJob(await equalCall(), spec);
  }
  failpoint("after-record-before-publish", record.id);
  await publishFirstOrder(context, record, "depth", budget);
  return toWireJob(record, spec);
}
