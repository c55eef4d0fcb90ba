/** From an upload to an accepted job: check everything, store, write the record, publish the first order. */
import { createHash } from "node:crypto";
import { type JobSpec, resolveSpec } from "../../core/job/spec.js";
import { DEFAULT_PHOTO_LIMITS } from "../../core/photo/limits.js";
import { receivePhoto } from "../../core/photo/receive.js";
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
import type { GatewayContext } from "./context.js";
import { claimRequest } from "./request-ids.js";
import { fromWireSpec, toWireJob } from "./wire.js";

export type CreateJob = (requests: AsyncIterable<CreateJobRequest>) => Promise<Job>;

export function jobCreator(context: GatewayContext): CreateJob {
  const { maxUploadBytes, maxPixels, maxUploads } = context.config;
  const limits = { ...DEFAULT_PHOTO_LIMITS, maxBytes: maxUploadBytes, maxPixels };
  const gate = new Gate("uploads", { running: maxUploads, waiting: maxUploads });

  return (requests) =>
    gate.pass(() =>
      inSpan("upload", { kind: SpanKind.SERVER }, async (span) => {
        const messages = requests[Symbol.asyncIterator]();
        const header = await readHeader(messages);
        const request = fromWireSpec(header.spec ?? WireSpec.fromPartial({}));
        const models = await context.models.namesFor(request.model ?? "");
        const spec = resolveSpec(request, models);
        const photo = await receivePhoto(chunksIn(messages), limits);
        span.setAttribute("depthmesh.upload_bytes", photo.length);
        const job = await acceptJob(context, header, spec, photo);
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

async function* chunksIn(messages: AsyncIterator<CreateJobRequest>): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { value, done } = await messages.next();
    if (done) return;
    const { kind }: CreateJobRequest = value;
    if (kind?.$case !== "chunk") {
      throw new DepthmeshError("PARAMETER_CONFLICT", "only chunks may follow the header", {
        metadata: { field: "chunk" },
      });
    }
    yield kind.value;
  }
}

async function acceptJob(
  context: GatewayContext,
  header: CreateJobHeader,
  spec: JobSpec,
  photo: Uint8Array,
): Promise<Job> {
  const { blobs, store, buckets } = context;
  const specJson = Buffer.from(JSON.stringify(spec));
  const draft = {
    id: newId(),
    tenant: DEFAULT_TENANT,
    lane: spec.priority,
    lastStage: spec.outputs.length > 0 ? ("encode" as const) : ("depth" as const),
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
  ]);
  const record = newRecord({ ...draft, specBlob: specBlob.sha256, photoBlob: photoBlob.sha256 });
  if (!(await store.create(record))) {
    // The same request ran beside this one and was first.
    const first = await store.read(record.id);
    return toWireJob(first?.record ?? record, spec);
  }
  await publishFirstOrder(context, record);
  return toWireJob(record, spec);
}

async function publishFirstOrder(context: GatewayContext, record: JobRecord): Promise<void> {
  const { bus, store, log, blobs } = context;
  try {
    await publishDecided(bus, store, record, "depth");
  } catch (error) {
    if (toDepthmeshError(error).reason === "QUEUE_FULL") {
      await store.remove(record.id);
      await Promise.all([blobs.remove(record.specBlob), blobs.remove(record.photoBlob)]);
      throw error;
    }
    // The record is durable and names its order: the reconciler publishes it.
    log.warn({ err: error, job: record.id }, "first order not published yet");
  }
}
