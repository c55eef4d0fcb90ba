/** From an upload to an accepted job: check everything, store, write the record, publish the first order. */
import { createHash } from "node:crypto";
import { lastStageOf } from "../../core/job/last-stage.js";
import { checkPixelFrames } from "../../core/job/pixel-frames.js";
import { resolveSpec } from "../../core/job/resolve-spec.js";
import type { JobSpec } from "../../core/job/spec.js";
import { containerRow } from "../../core/output/containers.js";
import type { OutputSpec } from "../../core/output/spec.js";
import { DEFAULT_PHOTO_LIMITS } from "../../core/photo/limits.js";
import { receivePhoto } from "../../core/photo/receive.js";
import { Patience } from "../../kit/bus/patience.js";
import { DEFAULT_TENANT } from "../../kit/bus/subjects.js";
import { chunksOf } from "../../kit/chunks.js";
import { DepthmeshError, toDepthmeshError } from "../../kit/errors.js";
import { Gate } from "../../kit/gate.js";
import { newId } from "../../kit/jobs/id.js";
import { publishDecided } from "../../kit/jobs/outbox.js";
import { type JobRecord, newRecord } from "../../kit/jobs/record.js";
import { activeTraceId, inSpan, SpanKind } from "../../kit/telemetry/tracing.js";
import type { Job } from "../../proto/gen/depthmesh/v1/job.js";
import type {
  CreateJobHeader,
  CreateJobRequest,
} from "../../proto/gen/depthmesh/v1/job_service.js";
import { JobSpec as WireSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import { fromWireSpec } from "../wire/spec.js";
import type { GatewayContext } from "./context.js";
import { checkEncodable } from "./encoders.js";
import { claimRequest } from "./request-ids.js";
import { receiveMap } from "./upload-map.js";
import { UploadMessages } from "./upload-messages.js";
import { receiveSound } from "./upload-sound.js";
import { toWireJob } from "./wire.js";

/** Of all that is asked of NATS after the last byte, so that a caller is refused within two seconds. */
const BUS_PATIENCE_MS = 1_800;

export type CreateJob = (requests: AsyncIterable<CreateJobRequest>) => Promise<Job>;

export function jobCreator(context: GatewayContext): CreateJob {
  const { maxUploadBytes, maxSoundBytes, maxPixels, maxUploads, maxFrames, maxPixelFrames } =
    context.config;
  const limits = { ...DEFAULT_PHOTO_LIMITS, maxBytes: maxUploadBytes, maxPixels };
  const gate = new Gate("uploads", { running: maxUploads, waiting: maxUploads });

  return (requests) =>
    gate.pass(() =>
      inSpan("upload", { kind: SpanKind.SERVER }, async (span) => {
        const messages = new UploadMessages(requests);
        const header = await messages.header();
        // Before the upload is read: there is nowhere to write it down. Looking at it alone needs no bus.
        if (!header.validateOnly) context.bus.link.assertUp();
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
        const heard = sound ? { ...spec, sound: sound.spec } : spec;
        const job = await acceptJob(context, header, heard, upload);
        span.setAttribute("depthmesh.job", job.name);
        return job;
      }),
    );
}

/** Files whose structure is whole. */
interface Upload {
  readonly photo: Uint8Array;
  readonly depthMap: Uint8Array | undefined;
  readonly sound: Uint8Array | undefined;
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
  spec: JobSpec,
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
  };
  if (header.validateOnly) {
    return toWireJob(newRecord({ ...draft, specBlob: "", photoBlob: "" }), spec);
  }
  // It may have gone since the header came.
  context.bus.link.assertUp();
  const patience = new Patience(BUS_PATIENCE_MS);
  if (header.requestId !== "") {
    const hash = createHash("sha256").update(specJson).update(photo);
    const content = (depthMap ? hash.update(depthMap) : hash).digest("hex");
    const claim = () => claimRequest(buckets.requests, header.requestId, content, draft.id);
    draft.id = await patience.wait(claim);
    const earlier = await patience.wait(() => store.read(draft.id));
    if (earlier) return toWireJob(earlier.record, spec);
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
  if (!(await patience.wait(() => store.create(record)))) {
    // The same request ran beside this one and was first.
    const first = await patience.wait(() => store.read(record.id));
    return toWireJob(first?.record ?? record, spec);
  }
  await publishFirstOrder(context, record, patience);
  return toWireJob(record, spec);
}

async function publishFirstOrder(
  { bus, store, log }: GatewayContext,
  record: JobRecord,
  patience: Patience,
): Promise<void> {
  try {
    await patience.wait(() => publishDecided(bus, record, "depth"));
  } catch (error) {
    if (toDepthmeshError(error).reason === "QUEUE_FULL") {
      // Its blobs may be another job's too: the sweep takes what nobody names.
      await store.remove(record.id);
      throw error;
    }
    // The record is durable and names its order: the reconciler publishes it.
    log.warn({ err: error, job: record.id }, "first order not published yet");
  }
}
