/** From an upload to an accepted job: check everything, store, write the record, publish the first order. */
import { createHash } from "node:crypto";
import { lastStageOf } from "../../core/job/last-stage.js";
import { checkPixelFrames } from "../../core/job/pixel-frames.js";
import { resolveSpec } from "../../core/job/resolve-spec.js";
import type { JobSpec, SoundSpec } from "../../core/job/spec.js";
import { containerRow } from "../../core/output/containers.js";
import type { OutputSpec } from "../../core/output/spec.js";
import { DEFAULT_PHOTO_LIMITS } from "../../core/photo/limits.js";
import { DEFAULT_TENANT } from "../../kit/bus/subjects.js";
import { chunksOf } from "../../kit/chunks.js";
import { DepthmeshError, toDepthmeshError } from "../../kit/errors.js";
import { Gate } from "../../kit/gate.js";
import { newId } from "../../kit/jobs/id.js";
import { publishDecided } from "../../kit/jobs/outbox.js";
import { type JobRecord, newRecord } from "../../kit/jobs/record.js";
import { refuseUnknownFields } from "../../kit/rpc/unknown-fields.js";
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
import { type ReceivedSound, receivePhoto, receiveSound } from "./upload.js";
import { UploadParts } from "./upload-parts.js";
import { toWireJob } from "./wire.js";

export type CreateJob = (requests: AsyncIterable<CreateJobRequest>) => Promise<Job>;

export function jobCreator(context: GatewayContext): CreateJob {
  const { maxUploadBytes, maxSoundBytes, maxPixels, maxUploads, maxFrames, maxPixelFrames } =
    context.config;
  const limits = { ...DEFAULT_PHOTO_LIMITS, maxBytes: maxUploadBytes, maxPixels };
  const gate = new Gate("uploads", { running: maxUploads, waiting: maxUploads });
  const models = context.config.models.split(/[ ,]+/).filter((name) => name !== "");

  return (requests) =>
    gate.pass(() =>
      inSpan("upload", { kind: SpanKind.SERVER }, async (span) => {
        const messages = requests[Symbol.asyncIterator]();
        const header = await readHeader(messages);
        const silent = resolveSpec(fromWireSpec(header.spec ?? WireSpec.fromPartial({})), {
          models,
          maxFrames,
        });
        checkEncodable(silent.outputs, context.encoders.live);
        if (header.hasSound) checkHeard(silent.outputs);
        const parts = new UploadParts(messages, header.hasSound === true);
        const photo = await receivePhoto(parts.photo(), limits);
        checkPixelFrames(silent, photo.size, maxPixelFrames);
        span.setAttribute("depthmesh.upload_bytes", photo.bytes.length);
        const sound = header.hasSound
          ? await receiveSound(parts.sound(), maxSoundBytes)
          : undefined;
        const spec = sound ? { ...silent, sound: soundSpec(sound) } : silent;
        const job = await acceptJob(context, header, spec, photo.bytes, sound?.bytes);
        span.setAttribute("depthmesh.job", job.name);
        return job;
      }),
    );
}

async function readHeader(messages: AsyncIterator<CreateJobRequest>): Promise<CreateJobHeader> {
  const { value, done } = await messages.next();
  const first: CreateJobRequest | undefined = done ? undefined : value;
  if (first) refuseUnknownFields(first);
  if (first?.kind?.$case === "header") return first.kind.value;
  throw new DepthmeshError("PARAMETER_CONFLICT", "the first message must be the header", {
    metadata: { field: "header" },
  });
}

/** Throws PARAMETER_CONFLICT for a sound that nothing would hold. */
function checkHeard(outputs: readonly OutputSpec[]): void {
  if (outputs.some(({ container }) => containerRow(container).sound !== undefined)) return;
  throw new DepthmeshError("PARAMETER_CONFLICT", "no output of this job holds sound", {
    metadata: { field: "has_sound" },
  });
}

function soundSpec({ bytes, format }: ReceivedSound): SoundSpec {
  return { sha256: createHash("sha256").update(bytes).digest("hex"), format };
}

async function acceptJob(
  context: GatewayContext,
  header: CreateJobHeader,
  spec: JobSpec,
  photo: Uint8Array,
  sound: Uint8Array | undefined,
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
  if (header.requestId !== "") {
    const content = createHash("sha256").update(specJson).update(photo).digest("hex");
    draft.id = await claimRequest(buckets.requests, header.requestId, content, draft.id);
    const earlier = await store.read(draft.id);
    if (earlier) return toWireJob(earlier.record, spec);
  }
  const [specBlob, photoBlob] = await Promise.all([
    blobs.write([specJson]),
    blobs.write(chunksOf(photo)),
    ...(sound ? [blobs.write(chunksOf(sound))] : []),
  ]);
  const record = newRecord({ ...draft, specBlob: specBlob.sha256, photoBlob: photoBlob.sha256 });
  if (!(await store.create(record))) {
    // The same request ran beside this one and was first.
    const first = await store.read(record.id);
    return toWireJob(first?.record ?? record, spec);
  }
  await publishFirstOrder(context, record, spec.sound);
  return toWireJob(record, spec);
}

async function publishFirstOrder(
  context: GatewayContext,
  record: JobRecord,
  sound: SoundSpec | undefined,
): Promise<void> {
  const { bus, store, log, blobs } = context;
  try {
    await publishDecided(bus, store, record, "depth");
  } catch (error) {
    if (toDepthmeshError(error).reason === "QUEUE_FULL") {
      await store.remove(record.id);
      const stored = [record.specBlob, record.photoBlob, ...(sound ? [sound.sha256] : [])];
      await Promise.all(stored.map((sha256) => blobs.remove(sha256)));
      throw error;
    }
    // The record is durable and names its order: the reconciler publishes it.
    log.warn({ err: error, job: record.id }, "first order not published yet");
  }
}
